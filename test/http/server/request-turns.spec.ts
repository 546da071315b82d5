import { setImmediate as nextTurn } from 'node:timers/promises';
import { RequestTurns } from '../../../src/http/server/request-turns.js';

describe('requests that come at the same moment', () => {
  it('S7 a burst of a thousand is taken on a few at a time, in order, and others have their turns between', async () => {
    const turns = new RequestTurns();
    const begun: number[] = [];
    const burst = Promise.all(
      Array.from({ length: 1000 }, async (_, n) => {
        await turns.ask();
        begun.push(n);
      }),
    );
    const perTurn: number[] = [];
    while (begun.length < 1000) {
      const before = begun.length;
      await nextTurn();
      perTurn.push(begun.length - before);
    }
    await burst;
    expect(begun).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(32);
  });

  it('S7 one alone waits for nothing, and neither does the next burst of a few', async () => {
    const turns = new RequestTurns();
    expect(turns.ask()).toBeUndefined();
    for (let round = 0; round < 3; round++) {
      await nextTurn();
      await nextTurn();
      expect(Array.from({ length: 8 }, () => turns.ask())).toEqual(Array.from({ length: 8 }, () => undefined));
    }
  });
});
