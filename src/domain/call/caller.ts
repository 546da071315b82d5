import type { Tier } from '../pricing/tier.js';

/** Who holds the token of a call, and for whom calls without attribution are booked. */
export interface Caller {
  readonly account: string;
  readonly keyId: string;
  /** The account's pseudo-customer. */
  readonly unattributedCustomer: string;
  /** Decides the mark-up on calls that the platform pays for. */
  readonly tier: Tier;
}
