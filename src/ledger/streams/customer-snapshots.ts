import type { CustomerState } from '../../domain/customer/customer.js';
import type { StreamSnapshot } from './folded-stream.js';

/** A customer folded up to some revision of its stream. */
export type CustomerSnapshot = StreamSnapshot<CustomerState>;

/** Where the ledger finds folded customers; the views keep them. */
export abstract class CustomerSnapshots {
  abstract find(customer: string): Promise<CustomerSnapshot | undefined>;
}
