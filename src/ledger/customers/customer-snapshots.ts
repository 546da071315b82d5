import type { CustomerState } from '../../domain/customer/customer.js';
import type { StreamHead } from '../journal/codec.js';

/** A customer folded up to some revision of its stream. It saves reading the events before; it never changes what is true. */
export interface CustomerSnapshot {
  readonly state: CustomerState;
  readonly head: StreamHead;
}

/** Where the ledger finds folded customers; the views keep them. */
export abstract class CustomerSnapshots {
  abstract find(customer: string): Promise<CustomerSnapshot | undefined>;
}
