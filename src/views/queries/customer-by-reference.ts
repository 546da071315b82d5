import { RingsideError } from '../../domain/errors.js';
import { isId } from '../../domain/ids.js';
import type { DocumentStore } from '../document-store.js';
import { customers, type CustomerDocument } from '../projections/customers.js';

const EXTERNAL_PREFIX = 'ext:';

/**
 * Finds a customer the way callers name it: `cust_…`, `ext:<external id>` or a bare external id.
 * @throws RingsideError `customer_not_found`, also for another account's customer and for the account's unattributed
 *   calls
 */
export async function customerByReference(
  documents: DocumentStore,
  account: string,
  reference: string,
): Promise<CustomerDocument> {
  const [customer] = isId('cust', reference)
    ? await documents.getMany<CustomerDocument>(customers.collection.name, [reference])
    : await documents.find<CustomerDocument>(customers.collection.name, {
        where: {
          account,
          externalId: reference.startsWith(EXTERNAL_PREFIX) ? reference.slice(EXTERNAL_PREFIX.length) : reference,
        },
        limit: 1,
      });
  if (customer?.account === account && !customer.unattributed) return customer;
  const howToMake = isId('cust', reference)
    ? ''
    : '; POST /v1/customers makes one, and so does the first call for them';
  throw new RingsideError(
    'customer_not_found',
    `there is no customer ${JSON.stringify(reference.slice(0, 300))}${howToMake}`,
  );
}
