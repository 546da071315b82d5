/**
 * The generic cell rate algorithm in its leaky-bucket form (ITU-T I.371, annex A), for limits per minute whose burst is
 * the whole minute's limit. One unit (a request, a token) costs 60,000 parts and a limit of L units per minute drains L
 * parts each millisecond, so that everything is a whole number: nothing drifts, for every limit from 1 to 10^9.
 */
export interface Bucket {
  /**
   * What was used and has not drained yet, in parts. More than a full minute means debt: more was used than had been
   * estimated.
   */
  readonly level: number;
  /** When it had this level, in Unix milliseconds. */
  readonly atMs: number;
  /** The limit it drains by, in units per minute. */
  readonly perMinute: number;
}

const PARTS_PER_UNIT = 60_000;

/**
 * Nobody pays back for longer than an hour, however much a call used over its estimate. It also keeps every level exact
 * as a number.
 */
const MOST_DEBT_MINUTES = 60;

/**
 * The bucket as it stands at a moment, new when there was none. A clock that was set back drains nothing and adds no
 * wait. A changed limit rules from now on: what was used stays used, but no more of it than the new limit holds.
 */
export function bucketAt(before: Bucket | undefined, nowMs: number, perMinute: number): Bucket {
  if (!before) return { level: 0, atMs: nowMs, perMinute };
  const drained = Math.max(0, nowMs - before.atMs) * before.perMinute;
  const level = Math.max(0, before.level - drained);
  return {
    level: perMinute === before.perMinute ? level : Math.min(level, capacityOf(perMinute)),
    atMs: nowMs,
    perMinute,
  };
}

/**
 * What a call of so many units is charged: the whole limit at most, so that a dearer one passes when nothing else is in
 * use.
 */
export function chargeFor(units: number, perMinute: number): number {
  return Math.min(units, perMinute);
}

/** Milliseconds after which so many units fit, exact: one millisecond earlier they do not. 0 when they fit now. */
export function waitMsFor({ level, perMinute }: Bucket, units: number): number {
  const over = level + chargeFor(units, perMinute) * PARTS_PER_UNIT - capacityOf(perMinute);
  return over <= 0 ? 0 : Math.ceil(over / perMinute);
}

/** The bucket with so many units more in use; fewer with a negative number, never below empty. */
export function withUnits(bucket: Bucket, units: number): Bucket {
  const most = MOST_DEBT_MINUTES * capacityOf(bucket.perMinute);
  const added = Math.min(units, most / PARTS_PER_UNIT) * PARTS_PER_UNIT;
  return { ...bucket, level: Math.min(most, Math.max(0, bucket.level + added)) };
}

/** Whole units that fit now. */
export function remainingIn({ level, perMinute }: Bucket): number {
  return Math.max(0, Math.floor((capacityOf(perMinute) - level) / PARTS_PER_UNIT));
}

/** Milliseconds until the bucket is empty, that is until the whole limit is there again. */
export function resetMsOf({ level, perMinute }: Bucket): number {
  return Math.ceil(level / perMinute);
}

function capacityOf(perMinute: number): number {
  return perMinute * PARTS_PER_UNIT;
}
