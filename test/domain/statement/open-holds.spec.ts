import fc from 'fast-check';
import type { OpenHold } from '../../../src/domain/events/carried-statement.js';
import {
  firstExpiry,
  holdOf,
  holdsById,
  openHolds,
  overdueHolds,
  withHold,
  withoutHold,
  type OpenHolds,
} from '../../../src/domain/statement/open-holds.js';

const holdAt = (expiresAt: number): OpenHold => ({ month: '202611', costNanoUsd: '1', walletNanoUsd: null, expiresAt });

describe('open holds', () => {
  it('are the holds that were placed and not ended, whatever their ids, and stay what they were when one is added', () => {
    const steps = fc.array(fc.record({ id: fc.stringMatching(/^[a-c]{2}$/), ends: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (all) => {
        const expected = new Map<string, OpenHold>();
        let open: OpenHolds = {};
        let time = 0;
        for (const { id, ends } of all) {
          const before = structuredClone(open);
          const next = ends ? withoutHold(open, id) : withHold(open, id, holdAt(++time));
          expect(open).toEqual(before);
          open = next;
          if (ends) expected.delete(id);
          else expected.set(id, holdAt(time));
          expect(holdOf(open, id)).toEqual(expected.get(id));
        }
        expect(holdsById(open)).toEqual(Object.fromEntries(expected));
        expect(holdsById(openHolds(holdsById(open)))).toEqual(holdsById(open));
      }),
    );
  });

  it('leave nothing behind when they end', () => {
    const ids = ['hold_1a', 'hold_2b', 'hold_3a'];
    const open = ids.reduce<OpenHolds>((held, id, n) => withHold(held, id, holdAt(n)), {});
    expect(withoutHold(open, 'hold_1a')).toEqual({ a: { hold_3a: holdAt(2) }, b: { hold_2b: holdAt(1) } });
    expect(ids.reduce(withoutHold, open)).toEqual({});
    expect(withoutHold({}, 'hold_1a')).toEqual({});
  });

  it('are named in the order of their ids, which is that of their time', () => {
    const open = ['hold_1c', 'hold_2a', 'hold_3b'].reduce<OpenHolds>(
      (held, id, n) => withHold(held, id, holdAt(n)),
      {},
    );
    expect(Object.keys(holdsById(open))).toEqual(['hold_1c', 'hold_2a', 'hold_3b']);
  });

  it('are overdue from their expiry on, all of them', () => {
    let open: OpenHolds = {};
    for (let n = 0; n < 200; n++) open = withHold(open, `hold_${n}`, holdAt(n));
    expect(overdueHolds(open, -1)).toEqual([]);
    expect(overdueHolds(open, 99).toSorted()).toEqual(Array.from({ length: 100 }, (_, n) => `hold_${n}`).toSorted());
    expect([firstExpiry(open), firstExpiry(withoutHold(open, 'hold_0')), firstExpiry({})]).toEqual([0, 1, null]);
  });

  it('are overdue whichever was placed first: times of calls differ between gateways, and clocks are set back', () => {
    const ends = fc.array(fc.nat(20), { maxLength: 30 });
    fc.assert(
      fc.property(ends, fc.nat(20), fc.nat(30), (times, now, settled) => {
        const ids = times.map((_, n) => `hold_${n}${n % 3}`);
        const placed = times.reduce<OpenHolds>((held, time, n) => withHold(held, ids[n]!, holdAt(time)), {});
        const open = ids.slice(0, settled).reduce(withoutHold, placed);
        const left = ids.map((id, n) => ({ id, time: times[n]! })).slice(settled);
        const overdue = left.filter(({ time }) => time <= now).map(({ id }) => id);
        expect(overdueHolds(open, now).toSorted()).toEqual(overdue.toSorted());
        expect(firstExpiry(open)).toBe(left.length === 0 ? null : Math.min(...left.map(({ time }) => time)));
      }),
    );
  });
});
