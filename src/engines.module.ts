import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Config } from './config/config.js';
import { StoreFaults } from './domain/store-faults.js';
import { StoreUnavailable } from './domain/store-unavailable.js';
import { LEDGER, SUBJECTS, VIEWS } from './engines/file-names.js';
import { FileSpool } from './engines/files/spool.js';
import { SqliteDocumentStore } from './engines/sqlite/document-store.js';
import { SqliteEventStore } from './engines/sqlite/event-store.js';
import { SqliteIdempotencyStore } from './engines/sqlite/idempotency-store.js';
import { SqliteSubjectStore } from './engines/sqlite/subject-store.js';
import { StoreChecks, type CheckedStore } from './engines/store-checks.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { EventStore } from './ledger/journal/event-store.js';
import { SubjectStore } from './ledger/keys/subject-store.js';
import { Spool } from './ledger/usage/spool.js';
import { DocumentStore } from './views/document-store.js';

const WORK = 'work.db';
const SPOOL = 'spool';

/** A store behind a port. */
interface Store extends CheckedStore {
  close(): Promise<void>;
}

/** A port, and the engine behind it. */
interface Port {
  readonly port: abstract new (...args: never[]) => Store;
  /** What `/readyz` calls the store when it does not answer. */
  readonly holds: string;
  /** Opens the store in the data directory. It is made where it is missing. */
  readonly embedded: (config: Config) => Store | Promise<Store>;
}

/**
 * Which engine stands behind each port: the only place that chooses. One row a port; an engine of another product is a
 * column.
 */
const PORTS: readonly Port[] = [
  { port: EventStore, holds: 'the ledger', embedded: ({ dataDir }) => SqliteEventStore.open(join(dataDir, LEDGER)) },
  {
    port: SubjectStore,
    holds: 'the customers',
    embedded: ({ dataDir }) => SqliteSubjectStore.open(join(dataDir, SUBJECTS)),
  },
  { port: DocumentStore, holds: 'the views', embedded: ({ dataDir }) => openDocuments(dataDir) },
  {
    port: IdempotencyStore,
    holds: 'the idempotency keys',
    embedded: ({ dataDir }) => SqliteIdempotencyStore.open(join(dataDir, WORK)),
  },
  { port: Spool, holds: 'the spool', embedded: (config) => new FileSpool(join(config.dataDir, SPOOL), config) },
];

/** The stores behind the ports, for every room. They close after everything that uses them has stopped. */
@Global()
@Module({
  providers: [
    ...PORTS.map(({ port, embedded }) => ({ provide: port, inject: [Config], useFactory: embedded })),
    {
      provide: StoreFaults,
      inject: PORTS.map(({ port }) => port),
      useFactory: (...stores: Store[]) =>
        new StoreChecks(
          PORTS.map(({ holds }) => holds),
          stores,
        ),
    },
  ],
  exports: [...PORTS.map(({ port }) => port), StoreFaults],
})
export class EnginesModule implements OnApplicationShutdown {
  constructor(private readonly providers: ModuleRef) {}

  async onApplicationShutdown(): Promise<void> {
    for (const { port } of PORTS) await this.providers.get<Store>(port).close();
  }
}

/** Opens the views' store in a directory. */
export function openDocuments(directory: string): Promise<DocumentStore> {
  return SqliteDocumentStore.open(join(directory, VIEWS));
}

/** The ledger of a data directory, apart from a gateway. */
export interface LedgerStores {
  readonly events: EventStore;
  /** Never written. */
  readonly subjects: SubjectStore;
  readonly close: () => Promise<void>;
}

/**
 * Opens the ledger of a data directory that has one. Nothing is made there, and unless `readOnly` is false nothing is
 * written.
 * @throws StoreUnavailable when the directory holds no ledger, or it cannot be opened
 */
export async function openLedger(
  { dataDir }: Config,
  { readOnly = true }: { readonly readOnly?: boolean } = {},
): Promise<LedgerStores> {
  const ledger = join(dataDir, LEDGER);
  if (!existsSync(ledger))
    throw new StoreUnavailable(
      'the ledger',
      new Error(`there is no ledger at ${ledger}: set RINGSIDE_DATA_DIR to where it is`),
    );
  const events = await SqliteEventStore.open(ledger, { readOnly });
  const subjects = await SqliteSubjectStore.open(join(dataDir, SUBJECTS), { readOnly: true });
  const close = async (): Promise<void> => {
    await events.close();
    await subjects.close();
  };
  return { events, subjects, close };
}

/** Opens the views of a data directory to read them; undefined where none were ever made. */
export async function openDocumentsToRead({ dataDir }: Config): Promise<DocumentStore | undefined> {
  const views = join(dataDir, VIEWS);
  return existsSync(views) ? SqliteDocumentStore.open(views, { readOnly: true }) : undefined;
}
