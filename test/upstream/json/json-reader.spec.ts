import fc from 'fast-check';
import { readJsonInSlices } from '../../../src/upstream/json/json-reader.js';
import { BeyondBounds, type ReadingBounds } from '../../../src/upstream/json/reading-bounds.js';
import { writeJsonInSlices } from '../../../src/upstream/json/json-writer.js';

const WIDE: ReadingBounds = { memoryBytes: Infinity, depth: Infinity, items: Infinity };

const read = (text: string | Buffer, bounds: Partial<ReadingBounds> = {}) =>
  readJsonInSlices(Buffer.from(text), { ...WIDE, ...bounds });

/** Whether another turn of the event loop comes before the work is done. */
async function letsOthersIn(work: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  void work.then(() => (isDone = true));
  await new Promise((resolve) => setImmediate(resolve));
  const came = !isDone;
  await work;
  return came;
}

function native(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('JSON that is read in slices', () => {
  it('S6 is what JSON.parse makes of it, whatever it holds and however it is laid out', async () => {
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(0, 1, 3), async (json, indent) => {
        const text = JSON.stringify(json, null, indent);
        expect(await read(text)).toStrictEqual(JSON.parse(text));
      }),
    );
  });

  it('S6 is refused where JSON.parse refuses it', async () => {
    const mutated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\0-e.tn \u0001é'.split('')))
      .map(([text, at, character]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + character + text.slice(place + (at % 2));
      });
    await fc.assert(
      fc.asyncProperty(mutated, async (text) => expect(await read(text)).toStrictEqual(native(text))),
      { numRuns: 200 },
    );
  });

  it.each(['', ' ', '{', '[', '{"a"}', '{"a":}', '[1,]', '{"a":1,}', '[01]', '[+1]', '[.5]', '[1.]', '[1e]', '-', '"\u0001"', '"a', '"\\"', 'tru', 'nul', '[1] x', '[1 2]', '[-]', '\uFEFF{}'])(
    'S6 is not made of %j',
    async (text) => expect(await read(text)).toBeUndefined(),
  ); // prettier-ignore

  it('S6 keeps long strings, escapes, names of prototypes and long lists of numbers', async () => {
    const long = 'é"\\\n\u2028'.repeat(40_000);
    const numbers = Array.from({ length: 40_000 }, (_, index) => index / 7);
    const text = `{"__proto__":{"a":1},"constructor":2,"long":${JSON.stringify(long)},"plain":"${'x'.repeat(500_000)}","numbers":${JSON.stringify(numbers)},"a":1,"a":2}`;
    const found = (await read(text)) as Record<string, unknown>;
    expect(found).toStrictEqual(JSON.parse(text));
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  it('S6 is no text that is not UTF-8', async () => {
    expect(await read(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toBeUndefined();
  });

  it('S6 lets others in while it is large', async () => {
    const large = `[${'{},'.repeat(100_000)}{}]`;
    expect(await letsOthersIn(read(large))).toBe(true);
    expect(await letsOthersIn(writeJsonInSlices(JSON.parse(large)))).toBe(true);
  });

  it.each([
    ['memory', { memoryBytes: 1_000_000 }, `[${'{},'.repeat(20_000)}{}]`],
    [
      'memory, by keys',
      { memoryBytes: 1_000_000 },
      `{${Array.from({ length: 30_000 }, (_, n) => `"k${n}":1`).join()}}`,
    ],
    ['memory, by text', { memoryBytes: 1_000_000 }, `"${'x'.repeat(1_000_001)}"`],
    ['nesting', { depth: 20 }, `${'['.repeat(21)}${']'.repeat(21)}`],
    ['items', { items: 100 }, `{"choices":[${'{},'.repeat(100)}{}]}`],
    ['fields', { items: 100 }, `{${Array.from({ length: 101 }, (_, n) => `"k${n}":1`).join()}}`],
  ])('S6 ends at a bound of %s', async (_, bounds, text) => {
    await expect(read(text, bounds)).rejects.toThrow(BeyondBounds);
  });

  it('S6 counts no log probability as an item', async () => {
    const text = `{"choices":[{"logprobs":{"content":[${'{"bytes":[1,2]},'.repeat(500)}{}]}}]}`;
    expect(await read(text, { items: 100 })).toStrictEqual(JSON.parse(text));
  });

  it('ends with the reason of a signal that fires', async () => {
    const leaving = new AbortController();
    const reading = readJsonInSlices(Buffer.from(`[${'{},'.repeat(100_000)}{}]`), WIDE, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(reading).rejects.toThrow('left');
  });
});

describe('JSON that is written in slices', () => {
  it('S6 is what JSON.stringify writes, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), async (json) => {
        expect((await writeJsonInSlices(json)).toString()).toBe(Buffer.from(JSON.stringify(json)).toString());
      }),
    );
  });

  it('S6 leaves out what JSON.stringify leaves out, and cuts no character of a long text in two', async () => {
    const data = { a: undefined, b: [undefined, null], c: '😀'.repeat(100_001), d: `x${'😀'.repeat(100_000)}` };
    expect((await writeJsonInSlices(data)).toString()).toBe(JSON.stringify(data));
  });
});
