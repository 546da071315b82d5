import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { NotProven, RebuiltDocuments } from '../../src/audit/rebuilt-documents.js';
import { SqliteDocumentStore } from '../../src/engines/sqlite/document-store.js';
import type { JournalEntry } from '../../src/ledger/journal/journal.js';
import type { Document } from '../../src/views/document-store.js';
import { Fold } from '../../src/views/fold.js';
import { PROJECTIONS } from '../../src/views/projections/index.js';
import { openLedger } from '../support/embedded-ledger.js';
import { auditViews, writeBook } from './audited-book.js';

let dir: string;
let live: SqliteDocumentStore;
let entries: JournalEntry[];
let upTo: number;
let documents: { readonly collection: string; readonly document: Document }[];

beforeAll(async () => {
  ({ dir } = await writeBook());
  const ledger = await openLedger({ dir });
  live = await SqliteDocumentStore.open(join(dir, 'live.db'));
  entries = await ledger.entries();
  upTo = entries.at(-1)!.stored.position;
  const fold = await Fold.open(PROJECTIONS, ledger.book, live);
  await fold.apply(entries.map(({ stored }) => stored));
  await fold.flush();
  await ledger.close();
  documents = [];
  for (const { collection } of PROJECTIONS)
    for (const document of await live.find(collection.name, {}))
      documents.push({ collection: collection.name, document });
});

afterAll(async () => {
  await live.close();
  rmSync(dir, { recursive: true });
});

/** Folds the whole book with so many documents in memory, and gives how many were equal. */
async function rebuilt(atOnce: number): Promise<number> {
  const folding = new RebuiltDocuments(PROJECTIONS, live, upTo, atOnce);
  for (const entry of entries) await folding.fold(entry);
  await folding.finish();
  return folding.counts.equal;
}

let writes = 0;

/** Puts another document in the place of a served one, whatever their positions, or nothing. */
async function replace(collection: string, id: string, document: Document | undefined): Promise<void> {
  const checkpoint = () => ({ name: `test ${++writes}`, position: upTo });
  await live.write([{ collection, puts: [], deletes: [{ id, position: upTo + 1 }] }], checkpoint());
  if (document) await live.write([{ collection, puts: [document], deletes: [] }], checkpoint());
}

describe('documents rebuilt in memory', () => {
  it('are those that are served, however few of them are in memory at once', async () => {
    for (const atOnce of [1, 2, 7, 50, 10_000]) expect(await rebuilt(atOnce)).toBe(documents.length);
  });

  it('are not proven where any served document differs, is older or is missing', async () => {
    for (const [index, { collection, document }] of documents.entries()) {
      const changed = [{ ...document, more: true }, { ...document, position: document.position - 1 }, undefined][
        index % 3
      ];
      await replace(collection, document.id, changed);
      await expect(rebuilt(index % 2 === 0 ? 5 : 10_000)).rejects.toThrow(NotProven);
      await replace(collection, document.id, document);
    }
    expect(await rebuilt(5)).toBe(documents.length);
  });

  it('leave the scratch store alone, unless something is wrong', async () => {
    const { dir: other } = await writeBook();
    expect(await auditViews(other)).toMatchObject({ problems: 0 });
    const scratch = await SqliteDocumentStore.open(join(other, 'scratch.db'));
    await scratch.declare(PROJECTIONS.map(({ collection }) => collection));
    for (const { collection } of PROJECTIONS) expect(await scratch.count(collection.name, upTo)).toBe(0);
    await scratch.close();
    rmSync(other, { recursive: true });
  });
});
