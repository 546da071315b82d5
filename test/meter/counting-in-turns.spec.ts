import { CountingThread } from '../../src/meter/counting-thread.js';
import { TokenCounter } from '../../src/meter/token-counter.js';

const ODD = new URL('odd-counter.ts', import.meta.url);
const signal = new AbortController().signal;

let counter: TokenCounter;
const begin = (thread?: CountingThread) => (counter = new TokenCounter(thread));
afterEach(() => counter.onApplicationShutdown());

/** Two bytes a character: its bytes are no count that a thread would give. */
const BYTES = 2;
const textOf = (what: string) => `${what}: ${'é'.repeat(100)}`;
const bytesOf = (what: string) => what.length + 2 + 100 * BYTES;

describe('a thread that counts tokens and fails', () => {
  it.each(['die', 'throw', 'reject', 'be silent'])(
    'S23 is a count that fails, and the next one is begun: %s',
    async (what) => {
      begin(new CountingThread(ODD, 1000));
      expect(await counter.count(textOf(what), 'a')).toBeUndefined();
      expect(await counter.atMost('o200k_base', [textOf(what), 'é'], { account: 'a', signal })).toBe(
        bytesOf(what) + BYTES,
      );
      expect(await counter.count('well', 'a')).toBe(4000);
    },
  );

  it('S23 takes its own question along, and none that waits', async () => {
    begin(new CountingThread(ODD, 1000));
    expect(await Promise.all(['well', 'die', 'well', 'throw', 'well'].map((text) => counter.count(text, 'a')))).toEqual(
      [4000, undefined, 4000, undefined, 4000],
    );
  });

  it('S23 that cannot start is a count that fails', async () => {
    begin(new CountingThread(new URL('there-is-no-such-thread.ts', import.meta.url), 10_000));
    expect(await counter.count(textOf('x'), 'a')).toBeUndefined();
    expect(await counter.atMost('o200k_base', [textOf('x')])).toBe(bytesOf('x'));
  });

  it('S23 leaves no question open when it is ended', async () => {
    begin(new CountingThread(ODD, 60_000));
    const asked = counter.count('be silent', 'a');
    await counter.onApplicationShutdown();
    expect(await asked).toBeUndefined();
  });
});

describe('counting in turns', () => {
  const prompt = ' word'.repeat(52_400);

  it('S24 a hundred long prompts of one account keep no other account waiting', async () => {
    begin();
    await counter.count('so that the table is loaded', 'quick');
    let counted = 0;
    const note = (tokens: number) => (tokens < prompt.length ? ++counted : counted);
    const bounds = Array.from({ length: 100 }, () =>
      counter.atMost('o200k_base', [prompt], { account: 'slow', signal }).then(note),
    );
    expect(await counter.atMost('o200k_base', ['Hi'], { account: 'quick', signal })).toBe(1);
    expect(counted).toBeLessThanOrEqual(1);
    // Those for which there was no room were bounded by their bytes, at once.
    await Promise.all(bounds);
    expect(counted).toBeGreaterThan(2);
    expect(counted).toBeLessThan(10);
  });

  it('S24 what was used is counted although as much waits as a new call would not wait for', async () => {
    begin();
    const counts = await Promise.all(Array.from({ length: 20 }, () => counter.count(prompt, 'a')));
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThanOrEqual(52_400);
    expect(counts[0]).toBeLessThan(55_000);
  });

  it('S24 whoever leaves waits no longer, and makes nobody wait', async () => {
    begin();
    const leaving = new AbortController();
    const first = counter.atMost('o200k_base', [prompt], { account: 'a', signal });
    const second = counter.atMost('o200k_base', [prompt], { account: 'a', signal: leaving.signal });
    leaving.abort(new Error('the caller left'));
    await expect(second).rejects.toThrow('the caller left');
    await expect(counter.atMost('o200k_base', ['x'], { account: 'a', signal: leaving.signal })).rejects.toThrow(
      'the caller left',
    );
    expect(await first).toBeGreaterThan(52_000);
  });
});
