import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LargeAnswers } from '../../../src/upstream/answer/large-answers.js';
import { bodyOf, type WireBody } from '../../../src/upstream/wire.js';
import { ANSWER_LIMITS } from '../../support/answer-limits.js';

describe('large answers', () => {
  it('S6 large answers are worked on one after the other, and accounts take turns', async () => {
    const large = new LargeAnswers(ANSWER_LIMITS);
    const order: string[] = [];
    const work = (account: string, name: string) =>
      large.run(account, async () => {
        order.push(`${name} begins`);
        await nextTurn();
        order.push(`${name} ends`);
        if (name === 'a') throw new Error('a failed');
      });
    await Promise.allSettled([work('one', 'a'), work('one', 'b'), work('one', 'c'), work('two', 'd')]);
    expect(order).toEqual(['a', 'b', 'd', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('S8 large answers of an account that come together wait for the eldest, and each is given whole', async () => {
    const [MEGABYTE, COUNT] = [1024 * 1024, 8];
    const large = new LargeAnswers({ heldBytes: 2 * MEGABYTE });
    let [held, most] = [0, 0];
    async function* arriving(): AsyncGenerator<Buffer> {
      for (let n = 0; n < 8; n++) {
        most = Math.max(most, (held += MEGABYTE / 2));
        yield Buffer.alloc(MEGABYTE / 2, 'x');
        await nextTurn();
      }
    }
    const read = (account: string) => {
      const { signal } = new AbortController();
      return large.whole(
        { provider: 'openai', body: bodyOf(arriving()), maxBytes: 32 * MEGABYTE, account, signal },
        async (bytes) => {
          held -= bytes.length;
          return bytes.length;
        },
      );
    };
    expect(await Promise.all(Array.from({ length: COUNT }, () => read('one')))).toEqual(
      Array(COUNT).fill(4 * MEGABYTE),
    );
    // The room, the eldest one, and for each of the others the one piece that is read before it waits.
    expect(most).toBeLessThanOrEqual((2 + 4) * MEGABYTE + COUNT * (MEGABYTE / 2));
    expect(held).toBe(0);
  });

  it('S8 an answer that is waited for holds up no other account, nor its own when its call ends', async () => {
    const large = new LargeAnswers({ heldBytes: 1_000_000 });
    const stopping = new AbortController();
    const came: string[] = [];
    async function* slow(name: string, signal: AbortSignal): AsyncGenerator<Buffer> {
      for (;;) {
        yield Buffer.alloc(700_000, 'x');
        came.push(name);
        if (came.filter((one) => one === name).length === 3) await once(signal, 'abort').catch(() => undefined);
        signal.throwIfAborted();
      }
    }
    const read = (account: string, body: WireBody, signal: AbortSignal) =>
      large.whole({ provider: 'openai', body, maxBytes: 100_000_000, account, signal }, async ({ length }) => length);
    const eldest = read('one', bodyOf(slow('eldest', stopping.signal)), stopping.signal);
    const second = read('one', bodyOf(slow('second', stopping.signal)), stopping.signal);
    const whole = Buffer.alloc(5_000_000, 'x');
    expect(await read('two', bodyOf([whole]), new AbortController().signal)).toBe(whole.length);
    expect(came.filter((one) => one === 'second')).toEqual([]);
    stopping.abort(new Error('left'));
    await expect(eldest).rejects.toThrow('left');
    await expect(second).rejects.toThrow('left');
    expect(await read('one', bodyOf([whole, whole]), new AbortController().signal)).toBe(2 * whole.length);
  });
});
