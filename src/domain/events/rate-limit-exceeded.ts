import type { RateLimitName } from '../rate-limits/rate-rule.js';
import type { EventOf } from './envelope.js';

export const rateLimitExceededVersion = 1;

/** A rate limit refused a call of the customer: the first one of a clock minute (UTC), whichever limit it was. */
export type RateLimitExceeded = EventOf<
  'RateLimitExceeded',
  {
    readonly limit: RateLimitName;
    /** The limit in force, in requests or tokens per minute. */
    readonly perMinute: number;
  }
>;
