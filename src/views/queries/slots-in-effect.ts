import type { DocumentStore, Filter } from '../document-store.js';
import { slotId, slots, type SlotDocument } from '../projections/slots.js';

/**
 * The slots that an account's references mean, its own before the platform's of the same alias, sorted by alias; for
 * nobody (null) the platform's. At least `limit` of them behind an alias, if there are as many.
 */
export async function slotsInEffect(
  documents: DocumentStore,
  account: string | null,
  { after, limit }: { readonly after?: string | undefined; readonly limit?: number } = {},
): Promise<readonly SlotDocument[]> {
  const owners = account === null ? [null] : [account, null];
  const searches = owners.map((owner) => ({ collection: slots.collection.name, filter: slotsOf(owner, after, limit) }));
  const found = (await documents.findTogether(searches)) as SlotDocument[][];
  const byAlias = new Map<string, SlotDocument>();
  for (const slot of found.toReversed().flat()) byAlias.set(slot.alias, slot);
  return [...byAlias.values()].toSorted((a, b) => (a.alias < b.alias ? -1 : 1));
}

function slotsOf(owner: string | null, after: string | undefined, limit: number | undefined): Filter {
  return {
    where: { account: owner },
    ...(after !== undefined && { after: { id: slotId(owner, after) } }),
    ...(limit !== undefined && { limit }),
  };
}
