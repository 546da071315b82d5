import { remainingIn, resetMsOf, type Bucket } from '../../domain/rate-limits/gcra.js';
import { unitOf, type RateRule, type RateUnit } from '../../domain/rate-limits/rate-rule.js';

/** A rule and how its bucket stands now. */
export interface RuleStanding {
  readonly rule: RateRule;
  readonly bucket: Bucket;
}

/**
 * `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` of the tightest rule of each kind; nothing for a kind without
 * a rule.
 */
export function rateLimitHeaders(standings: readonly RuleStanding[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const unit of ['requests', 'tokens'] satisfies RateUnit[]) {
    const tightest = standings
      .filter(({ rule }) => unitOf(rule) === unit)
      .reduce<RuleStanding | undefined>(tighter, undefined);
    if (!tightest) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(tightest.rule.perMinute);
    headers[`x-ratelimit-remaining-${unit}`] = String(remainingIn(tightest.bucket));
    headers[`x-ratelimit-reset-${unit}`] = duration(resetMsOf(tightest.bucket));
  }
  return headers;
}

/** The one that leaves less; of equals the one that takes longer to come back. */
function tighter(one: RuleStanding | undefined, other: RuleStanding): RuleStanding {
  if (!one) return other;
  const difference = remainingIn(one.bucket) - remainingIn(other.bucket);
  if (difference !== 0) return difference < 0 ? one : other;
  return resetMsOf(one.bucket) >= resetMsOf(other.bucket) ? one : other;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Whole milliseconds as OpenAI writes durations: `12ms`, `1s`, `1.5s`, `6m0s`, `1h0m0s`. */
export function duration(ms: number): string {
  if (ms > 0 && ms < SECOND_MS) return `${ms}ms`;
  const hours = Math.floor(ms / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  const seconds = `${(ms % MINUTE_MS) / SECOND_MS}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
