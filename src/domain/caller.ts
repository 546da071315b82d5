/** Who holds the token of a call, and for whom calls without attribution are booked. */
export interface Caller {
  readonly account: string;
  readonly keyId: string;
  /** The account's pseudo-customer. */
  readonly unattributedCustomer: string;
}
