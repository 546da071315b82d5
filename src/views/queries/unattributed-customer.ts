import type { DocumentStore } from '../document-store.js';
import { accounts, type AccountDocument } from '../projections/accounts.js';

/** The pseudo-customer under which an account's calls without attribution are booked; answers show it as null. */
export async function unattributedCustomerOf(documents: DocumentStore, account: string): Promise<string | undefined> {
  const [found] = await documents.getMany<AccountDocument>(accounts.collection.name, [account]);
  return found?.unattributedCustomer;
}
