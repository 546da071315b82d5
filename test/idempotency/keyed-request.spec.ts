import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson, writeRequest, type KeyedRequest } from '../../src/idempotency/keyed-request.js';

/** What fingerprints of stored keys were made of before: the definition, short and slow. */
function defined(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(defined).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${defined(field)}`);
  return `{${fields.join()}}`;
}

const request = (body: unknown): KeyedRequest => ({
  keyValues: ['k'],
  account: 'a',
  requestId: 'r',
  method: 'POST',
  path: '/v1/chat/completions',
  customerHeader: 'ünï',
  body,
});

async function fingerprint(body: unknown): Promise<string> {
  const hash = createHash('sha256');
  await writeRequest(request(body), hash);
  return hash.digest('hex');
}

function definedFingerprint(body: unknown): string {
  return createHash('sha256')
    .update(`POST /v1/chat/completions\nünï\n${defined(body)}`)
    .digest('hex');
}

/** Runs the work, and counts how often others had their turn meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let next: NodeJS.Immediate | undefined;
  const turn = () => {
    turns++;
    next = setImmediate(turn);
  };
  turn();
  await work();
  clearImmediate(next);
  return turns;
}

const nested = (depth: number, inner: unknown) =>
  JSON.parse(`${'{"a":['.repeat(depth)}${JSON.stringify(inner)}${']}'.repeat(depth)}`) as unknown;

describe('the fingerprint of a request', () => {
  it('S10 is the one that keys stored earlier have, for any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), async (value) => {
        expect(canonicalJson(value)).toBe(defined(value));
        expect(await fingerprint(value)).toBe(definedFingerprint(value));
      }),
    );
  });

  it.each<[string, () => unknown]>([
    [
      'long strings, with pairs of surrogates at every place and halves of them',
      () => `${'\u{1f916}'.repeat(300_000)}x${'\u{1f916}'.repeat(300_000)}\ud83e`,
    ],
    ['long strings of what is escaped', () => '\u0000"\\'.repeat(200_000)],
    ['names as long', () => ({ ['n'.repeat(600_000)]: 1, ['n'.repeat(600_001)]: 2 })],
    [
      'fields by the ten thousand',
      () => Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${(n * 7919) % 10_007}`, n])),
    ],
    ['token numbers', () => Array.from({ length: 300_000 }, (_, n) => n)],
    [
      'names of prototypes',
      () => JSON.parse('{"__proto__":{"constructor":1},"constructor":2,"toString":[3]}') as unknown,
    ],
  ])('S10 is the same for %s', async (_, make) => {
    const value = make();
    expect(await fingerprint(value)).toBe(definedFingerprint(value));
  });

  it('S10 of JSON far deeper than the stack is made all the same', async () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 100_000; level++) deep = level % 2 ? [deep] : { a: deep };
    expect(await fingerprint(deep)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, () => unknown]>([
    ['one long text', () => 'x'.repeat(8_000_000)],
    ['a long text at the bottom of deep nesting', () => nested(490, 'x'.repeat(8_000_000))],
    ['very many values', () => Array.from({ length: 500_000 }, () => ({}))],
  ])('S10 of %s is made by turns, so that others have theirs', async (_, make) => {
    const value = make();
    expect(await turnsDuring(() => fingerprint(value))).toBeGreaterThan(20);
  });

  it('a small one is made at once', async () => {
    expect(await turnsDuring(() => fingerprint({ messages: [{ role: 'user', content: 'x'.repeat(1000) }] }))).toBe(1);
  });
});
