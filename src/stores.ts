import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailable } from './domain/store-unavailable.js';
import type { Config } from './config/config.js';
import { FileSpool } from './engines/files/spool.js';
import { SqliteEventStore } from './engines/sqlite/event-store.js';
import { SqliteSubjectStore } from './engines/sqlite/subject-store.js';
import type { EventStore } from './ledger/journal/event-store.js';
import type { Spool } from './ledger/usage/spool.js';
import type { SubjectStore } from './ledger/keys/subject-store.js';
import { SqliteIdempotencyStore } from './engines/sqlite/idempotency-store.js';
import type { IdempotencyStore } from './idempotency/idempotency-store.js';
import { SqliteDocumentStore } from './engines/sqlite/document-store.js';
import type { DocumentStore } from './views/document-store.js';

/** Which engine stands behind each port: the only file that chooses. To open a store makes it where it is missing, but for `openToRead`. */

const LEDGER = 'ledger.db';
const SUBJECTS = 'subjects.db';
const VIEWS = 'views.db';

/** Opens the ledger. */
export function openEvents({ dataDir }: Config): Promise<EventStore> {
  return SqliteEventStore.open(join(dataDir, LEDGER));
}

/** Opens the store of customers' keys. */
export function openSubjects({ dataDir }: Config): Promise<SubjectStore> {
  return SqliteSubjectStore.open(join(dataDir, SUBJECTS));
}

/** Opens the views' store in a directory. */
export function openDocuments(directory: string): Promise<DocumentStore> {
  return SqliteDocumentStore.open(join(directory, VIEWS));
}

/** Opens the store of idempotency keys. */
export function openIdempotencyKeys({ dataDir }: Config): Promise<IdempotencyStore> {
  return SqliteIdempotencyStore.open(join(dataDir, 'work.db'));
}

/** The spool of usage that could not be booked. */
export function openSpool(config: Config): Spool {
  return new FileSpool(join(config.dataDir, 'spool'), config);
}

/** The stores of a data directory, to be read and not written. */
export interface StoresToRead {
  readonly events: EventStore;
  readonly subjects: SubjectStore;
  /** Undefined where no views were ever made. */
  readonly documents: DocumentStore | undefined;
  close(): Promise<void>;
}

/**
 * Opens what is in a data directory for reading. Nothing is made and nothing is written there.
 * @throws StoreUnavailable when the directory holds no ledger, or it cannot be read
 */
export async function openToRead({ dataDir }: Config): Promise<StoresToRead> {
  const ledger = join(dataDir, LEDGER);
  if (!existsSync(ledger))
    throw new StoreUnavailable('the ledger', new Error(`there is no ledger at ${ledger}: set RINGSIDE_DATA_DIR to where it is`));
  const events = await SqliteEventStore.open(ledger, { readOnly: true });
  const subjects = await SqliteSubjectStore.open(join(dataDir, SUBJECTS), { readOnly: true });
  const views = join(dataDir, VIEWS);
  const documents = existsSync(views) ? await SqliteDocumentStore.open(views, { readOnly: true }) : undefined;
  const close = async (): Promise<void> => {
    await documents?.close();
    await events.close();
    await subjects.close();
  };
  return { events, subjects, documents, close };
}
