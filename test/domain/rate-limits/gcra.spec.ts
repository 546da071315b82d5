import fc from 'fast-check';
import {
  bucketAt,
  chargeFor,
  remainingIn,
  resetMsOf,
  waitMsFor,
  withUnits,
  type Bucket,
} from '../../../src/domain/rate-limits/gcra.js';

const NOON = Date.UTC(2026, 10, 22, 12);
const PER_MINUTE = fc.oneof(
  fc.integer({ min: 1, max: 50 }),
  fc.integer({ min: 1, max: 1_000_000_000 }),
  fc.constant(1_000_000_000),
);

/** A moment a little later and a call there, which costs up to a bit more than the whole limit. */
const arrivals = (perMinute: number) =>
  fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 30_000 }),
      units: fc.integer({ min: 0, max: Math.ceil(perMinute * 1.2) }),
    }),
    {
      maxLength: 60,
    },
  );
const schedules = PER_MINUTE.chain((perMinute) =>
  fc.record({ perMinute: fc.constant(perMinute), calls: arrivals(perMinute) }),
);

describe('GCRA', () => {
  it('admits a call if and only if no window that ends with it would hold more than its burst and what drained in it', () => {
    fc.assert(
      fc.property(schedules, ({ perMinute, calls }) => {
        const limit = BigInt(perMinute);
        const admitted: { atMs: number; units: number }[] = [];
        let bucket: Bucket | undefined;
        let nowMs = NOON;
        for (const { afterMs, units } of calls) {
          nowMs += afterMs;
          bucket = bucketAt(bucket, nowMs, perMinute);
          const charge = chargeFor(units, perMinute);
          const withThis = [...admitted, { atMs: nowMs, units: charge }];
          const fits = withThis.every(({ atMs: from }, first) => {
            const inWindow = withThis.slice(first).reduce((sum, call) => sum + BigInt(call.units), 0n);
            return inWindow * 60_000n <= limit * 60_000n + limit * BigInt(nowMs - from);
          });
          expect(waitMsFor(bucket, units) === 0).toBe(fits);
          if (!fits) continue;
          bucket = withUnits(bucket, charge);
          admitted.push({ atMs: nowMs, units: charge });
        }
      }),
    );
  });

  it('names the wait to the millisecond, and the reset', () => {
    fc.assert(
      fc.property(PER_MINUTE, fc.nat(), fc.nat(), (perMinute, usedSeed, askedSeed) => {
        const bucket = withUnits(bucketAt(undefined, NOON, perMinute), usedSeed % (perMinute + 1));
        const asked = 1 + (askedSeed % perMinute);
        const waitMs = waitMsFor(bucket, asked);
        expect(waitMsFor(bucketAt(bucket, NOON + waitMs, perMinute), asked)).toBe(0);
        if (waitMs > 0) expect(waitMsFor(bucketAt(bucket, NOON + waitMs - 1, perMinute), asked)).toBe(1);
        const resetMs = resetMsOf(bucket);
        expect(bucketAt(bucket, NOON + resetMs, perMinute).level).toBe(0);
        if (resetMs > 0) expect(bucketAt(bucket, NOON + resetMs - 1, perMinute).level).toBeGreaterThan(0);
      }),
    );
  });

  it.each([1, 3, 7, 59, 61, 999_983])(
    'does not drift: %i a minute are exactly that, for ten thousand calls',
    (perMinute) => {
      let nowMs = NOON;
      let bucket = withUnits(bucketAt(undefined, nowMs, perMinute), perMinute);
      for (let calls = 1; calls <= 10_000; calls++) {
        const waitMs = waitMsFor(bucket, 1);
        nowMs += waitMs;
        bucket = withUnits(bucketAt(bucket, nowMs, perMinute), 1);
        // The call's due time by the limit alone, in whole milliseconds.
        expect(nowMs - NOON).toBe(Number((BigInt(calls) * 60_000n + BigInt(perMinute) - 1n) / BigInt(perMinute)));
      }
    },
  );

  it('shows what is left as whole units', () => {
    const bucket = withUnits(bucketAt(undefined, NOON, 60), 60);
    expect([0, 999, 1000, 59_999, 60_000, 90_000].map((ms) => remainingIn(bucketAt(bucket, NOON + ms, 60)))).toEqual([
      0, 0, 1, 59, 60, 60,
    ]);
  });

  it('settles exactly: taking an estimate and giving back what was not used is taking what was used', () => {
    fc.assert(
      fc.property(PER_MINUTE, fc.nat(), fc.nat(), fc.nat(), (perMinute, beforeSeed, estimateSeed, usedSeed) => {
        const before = withUnits(bucketAt(undefined, NOON, perMinute), beforeSeed % (perMinute + 1));
        const estimate = estimateSeed % (perMinute + 1);
        const used = usedSeed % (estimate + 1);
        expect(withUnits(withUnits(before, estimate), used - estimate)).toEqual(withUnits(before, used));
      }),
    );
  });

  it('never gives back more than the whole limit, however late', () => {
    const bucket = withUnits(bucketAt(undefined, NOON, 100), 100);
    const late = withUnits(bucketAt(bucket, NOON + 45_000, 100), -90);
    expect([late.level, remainingIn(late)]).toEqual([0, 100]);
  });

  it('lets a call that is dearer than the whole limit pass when nothing else is in use, and only then', () => {
    const empty = bucketAt(undefined, NOON, 1000);
    expect(waitMsFor(empty, 5000)).toBe(0);
    const used = withUnits(empty, chargeFor(5000, 1000));
    expect([remainingIn(used), waitMsFor(used, 5000)]).toEqual([0, 60_000]);
    expect(waitMsFor(withUnits(empty, 1), 5000)).toBe(60);
  });

  it('lets nobody wait longer after the clock was set back than before', () => {
    const used = withUnits(bucketAt(undefined, NOON, 10), 10);
    const setBack = bucketAt(used, NOON - 86_400_000, 10);
    expect(waitMsFor(setBack, 1)).toBe(6000);
    expect(waitMsFor(bucketAt(setBack, NOON - 86_400_000 + 6000, 10), 1)).toBe(0);
  });

  it('keeps what was used when the limit changes, up to the whole of the new one', () => {
    const used = withUnits(bucketAt(undefined, NOON, 10), 10);
    expect(remainingIn(bucketAt(used, NOON, 25))).toBe(15);
    const lowered = bucketAt(used, NOON, 2);
    expect([remainingIn(lowered), waitMsFor(lowered, 1)]).toEqual([0, 30_000]);
  });

  it('takes debt for what was used over the estimate, for an hour at most', () => {
    const empty = bucketAt(undefined, NOON, 1_000_000_000);
    expect(waitMsFor(withUnits(empty, 2_500_000_000), 1)).toBe(90_001);
    const buried = withUnits(withUnits(empty, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
    expect(resetMsOf(buried)).toBe(3_600_000);
  });
});
