import type { Awaitable } from '../../domain/awaitable.js';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { bucketAt, chargeFor, waitMsFor, withUnits, type Bucket } from '../../domain/rate-limits/gcra.js';
import { LruCache } from '../../ledger/lru-cache.js';
import { duration, rateLimitHeaders } from './rate-limit-headers.js';
import { describeRule, unitOf, type RateRule } from '../../domain/rate-limits/rate-rule.js';

/**
 * How many limits are kept count of at once; one that falls out begins anew, which lets more through and never less.
 */
const BUCKETS_IN_MEMORY = 200_000;

/**
 * A call that a rate limit refuses: `rate_limited`, with the rule that makes it wait longest and the headers that show
 * where it stands.
 */
export class RateLimited extends RingsideError {
  constructor(
    readonly rule: RateRule,
    readonly headers: Readonly<Record<string, string>>,
    waitMs: number,
  ) {
    super('rate_limited', `${describeRule(rule)} is reached; try again in ${duration(waitMs)}`, {
      retryAfterMs: waitMs,
    });
  }
}

/** What a call took from its limits, to be ended once by one of two ways; a second ending changes nothing. */
export interface RateLimitReservation {
  /** How the limits stood when it was taken, or when all of it went back, as headers of the answer. */
  headers(): Record<string, string>;
  /** The call is over and used so many tokens: what it did not use goes back, what it used more is charged. */
  commit(actualTokens: number): void;
  /** The call was refused after all, or never left: everything goes back. */
  release(): void;
}

/** What a call without limits took. */
export const NOTHING_RESERVED: RateLimitReservation = {
  headers: () => ({}),
  commit: () => undefined,
  release: () => undefined,
};

/** Keeps count of requests and tokens per minute. Also the injection token. */
export abstract class RateLimits {
  /**
   * Charges one request and its estimated tokens to every rule, or to none.
   * @throws RateLimited when a rule has no room; the wait in it is exact, and long enough for every rule
   */
  abstract reserve(rules: readonly RateRule[], estimatedTokens: number): Awaitable<RateLimitReservation>;

  /** How these rules stand now, as headers of an answer that took nothing. */
  abstract headersOf(rules: readonly RateRule[]): Awaitable<Readonly<Record<string, string>>>;
}

/**
 * Counts in this process' memory only: a restart forgets, and each of several gateways counts its own calls. Workers of
 * one gateway count together, in their owner. Rate limits protect; what must hold everywhere is a budget.
 */
export class RateLimitBuckets extends RateLimits {
  private readonly buckets = new LruCache<Bucket>(BUCKETS_IN_MEMORY);

  constructor(private readonly clock: Clock) {
    super();
  }

  override reserve(rules: readonly RateRule[], estimatedTokens: number): RateLimitReservation {
    if (rules.length === 0) return NOTHING_RESERVED;
    const charges = rules.map((rule) => {
      const units = unitOf(rule) === 'requests' ? 1 : estimatedTokens;
      return { rule, units: chargeFor(units, rule.perMinute), waitMs: waitMsFor(this.refresh(rule), units) };
    });
    const longest = charges.reduce((one, other) => (other.waitMs > one.waitMs ? other : one));
    if (longest.waitMs > 0) throw new RateLimited(longest.rule, this.headersOf(rules), longest.waitMs);
    for (const { rule, units } of charges) this.add(rule, units);
    return this.reservationOf(charges);
  }

  override headersOf(rules: readonly RateRule[]): Record<string, string> {
    const nowMs = this.clock.nowMs();
    return rateLimitHeaders(
      rules.map((rule) => ({ rule, bucket: bucketAt(this.buckets.get(keyOf(rule)), nowMs, rule.perMinute) })),
    );
  }

  private reservationOf(charges: readonly { readonly rule: RateRule; readonly units: number }[]): RateLimitReservation {
    const shown = () => this.headersOf(charges.map(({ rule }) => rule));
    let headers = shown();
    let ended = false;
    const end = (unitsBack: (charge: { readonly rule: RateRule; readonly units: number }) => number) => {
      if (ended) return;
      ended = true;
      for (const charge of charges) this.add(charge.rule, -unitsBack(charge));
    };
    return {
      headers: () => headers,
      commit: (actualTokens) => end(({ rule, units }) => (unitOf(rule) === 'tokens' ? units - actualTokens : 0)),
      release: () => {
        end(({ units }) => units);
        headers = shown();
      },
    };
  }

  /**
   * Brings a rule's bucket to the present moment. It is stored even when nothing is taken, so that a clock set back
   * counts from there.
   */
  private refresh(rule: RateRule): Bucket {
    const key = keyOf(rule);
    const bucket = bucketAt(this.buckets.get(key), this.clock.nowMs(), rule.perMinute);
    this.buckets.set(key, bucket);
    return bucket;
  }

  /** Changes what is in use of a rule, by the limit it has now: it may have changed since the call began. */
  private add(rule: RateRule, units: number): void {
    const key = keyOf(rule);
    const before = this.buckets.get(key);
    this.buckets.set(key, withUnits(bucketAt(before, this.clock.nowMs(), before?.perMinute ?? rule.perMinute), units));
  }
}

function keyOf({ name, subject }: RateRule): string {
  return `${name} ${subject}`;
}
