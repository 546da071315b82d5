import type { Document, DocumentSnapshot, Search } from '../document-store.js';

/** Documents of a slice: few enough to be parsed and added up in a millisecond or two, between which calls pass. */
const DOCUMENTS_PER_SLICE = 256;

/** Searches that share a slice. Each may find only its share of the documents before it is asked again. */
const SEARCHES_PER_SLICE = 32;

/** A search of a snapshot, and what to do with each document that it finds. */
export interface Part {
  readonly search: Search;
  readonly add: (document: Document) => void;
}

/**
 * Reads all that the searches find, a slice at a time, those of one search in its order. Rejects with the signal's
 * reason when it fires.
 * @param afterSlice awaited after each slice
 */
export async function readInSlices(
  snapshot: DocumentSnapshot,
  parts: readonly Part[],
  signal: AbortSignal,
  afterSlice?: () => Promise<void>,
): Promise<void> {
  let waiting = [...parts];
  while (waiting.length > 0) {
    signal.throwIfAborted();
    const asked = waiting.slice(0, SEARCHES_PER_SLICE);
    const limit = Math.floor(DOCUMENTS_PER_SLICE / asked.length);
    const found = await snapshot.findTogether(
      asked.map(({ search: { collection, filter } }) => ({ collection, filter: { ...filter, limit } })),
    );
    const unfinished: Part[] = [];
    for (const [index, part] of asked.entries()) {
      const documents = found[index]!;
      for (const document of documents) part.add(document);
      if (documents.length === limit) unfinished.push(behind(part, documents.at(-1)!));
    }
    await afterSlice?.();
    waiting = [...unfinished, ...waiting.slice(asked.length)];
  }
}

/** The rest of a search, behind the last document found. */
function behind({ search: { collection, filter }, add }: Part, last: Document): Part {
  const value =
    filter.orderBy === undefined ? undefined : (last as unknown as Record<string, string | number>)[filter.orderBy];
  return {
    search: { collection, filter: { ...filter, after: { id: last.id, ...(value !== undefined && { value }) } } },
    add,
  };
}
