import { setImmediate as nextTurn } from 'node:timers/promises';
import { RequestTurns } from '../../../src/http/server/request-turns.js';

describe('requests that come at the same moment', () => {
  it('S7 a burst of a thousand is taken on a few at a time, in order, and others have their turns between', async () => {
    const turns = new RequestTurns();
    const begun: number[] = [];
    const burst = Promise.all(
      Array.from({ length: 1000 }, async (_, n) => {
        await turns.turnFor('192.0.2.1');
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

  it('S7 a caller from elsewhere does not wait for a burst, however long it lasts', async () => {
    const turns = new RequestTurns();
    const begun: string[] = [];
    const take = async (address: string, name: string) => {
      await turns.turnFor(address);
      begun.push(name);
    };
    const burst = Array.from({ length: 1000 }, (_, n) => take('192.0.2.1', `burst ${n}`));
    for (let round = 1; round <= 10; round++) {
      burst.push(...Array.from({ length: 10 }, (_, n) => take('192.0.2.1', `more ${round} ${n}`)));
      const before = begun.length;
      await take('192.0.2.2', `late ${round}`);
      expect(begun.length - before).toBeLessThan(40);
    }
    await Promise.all(burst);
    expect(begun.filter((name) => name.startsWith('burst'))).toEqual(
      Array.from({ length: 1000 }, (_, n) => `burst ${n}`),
    );
  });

  it('S7 one alone waits for nothing, and neither does the next burst of a few', async () => {
    const turns = new RequestTurns();
    expect(turns.turnFor('192.0.2.1')).toBeUndefined();
    for (let round = 0; round < 3; round++) {
      await nextTurn();
      await nextTurn();
      expect(Array.from({ length: 8 }, () => turns.turnFor('192.0.2.1'))).toEqual(
        Array.from({ length: 8 }, () => undefined),
      );
    }
  });
});
