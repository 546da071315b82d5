import type { RateLimitSettings } from './customer-created.js';
import type { EventOf } from './envelope.js';

export const accountLimitsSetVersion = 1;

/** The operator set the account's rate limits; both are said each time, and rule all of its calls together. */
export type AccountLimitsSet = EventOf<'AccountLimitsSet', RateLimitSettings>;
