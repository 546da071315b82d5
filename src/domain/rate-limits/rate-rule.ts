/** Whose limit it is and what it counts. */
export type RateLimitName = 'account_rpm' | 'account_tpm' | 'customer_rpm' | 'customer_tpm';

/** One limit that a call must keep. */
export interface RateRule {
  readonly name: RateLimitName;
  /** The id of the account or customer that is limited. */
  readonly subject: string;
  /** Requests or tokens per minute, a whole number from 1 to 10^9; the burst is the whole of it. */
  readonly perMinute: number;
}

/** What a rule counts, as callers see it in header names. */
export type RateUnit = 'requests' | 'tokens';

/** What a rule counts. */
export function unitOf({ name }: RateRule): RateUnit {
  return name.endsWith('_rpm') ? 'requests' : 'tokens';
}

/** The rule in words, with the field that sets it. */
export function describeRule(rule: RateRule): string {
  const [whose, field] = rule.name.split('_') as [string, string];
  return `the ${whose}'s limit of ${rule.perMinute} ${unitOf(rule)} per minute (rate_limit_${field})`;
}
