import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';
import { SystemIds } from '../../src/config/system.js';
import { SqliteEventStore } from '../../src/engines/sqlite/event-store.js';
import { SqliteSubjectStore } from '../../src/engines/sqlite/subject-store.js';
import { ChangeFeed } from '../../src/ledger/journal/change-feed.js';
import { Journal, type JournalEntry } from '../../src/ledger/journal/journal.js';
import type { CustomerSnapshots } from '../../src/ledger/streams/customer-snapshots.js';
import { Customers } from '../../src/ledger/customers/customers.js';
import type { EventStore } from '../../src/ledger/journal/event-store.js';
import { StatementRegistry } from '../../src/ledger/statements/statement-registry.js';
import type { StatementSnapshots } from '../../src/ledger/statements/statement-snapshots.js';
import { Subjects } from '../../src/ledger/keys/subjects.js';
import { Streams } from '../../src/ledger/streams/streams.js';
import { SettableClock } from './settable-clock.js';

const NO_SNAPSHOTS: StatementSnapshots = { find: () => Promise.resolve(undefined) };
const NO_CUSTOMER_SNAPSHOTS: CustomerSnapshots = { find: () => Promise.resolve(undefined) };

interface Options {
  readonly dir?: string;
  readonly clock?: SettableClock;
  readonly snapshots?: StatementSnapshots;
  readonly customerSnapshots?: CustomerSnapshots;
  /** Puts something between the ledger and its store, e.g. one that loses answers. */
  readonly wrap?: (store: EventStore) => EventStore;
}

/** The ledger room on real SQLite files, without the rest of the house. */
export async function openLedger({
  dir = mkdtempSync(join(tmpdir(), 'ringside-ledger-')),
  clock = new SettableClock(),
  ...options
}: Options = {}) {
  const config = loadConfig({ RINGSIDE_DATA_DIR: dir });
  const sqlite = await SqliteEventStore.open(join(dir, 'ledger.db'));
  const store = options.wrap?.(sqlite) ?? sqlite;
  const subjectStore = await SqliteSubjectStore.open(join(dir, 'subjects.db'));
  const subjects = new Subjects(config, subjectStore);
  const journal = new Journal(store, subjects);
  const changeFeed = new ChangeFeed(store);
  const anotherStreams = () =>
    new Streams(journal, options.customerSnapshots ?? NO_CUSTOMER_SNAPSHOTS, clock, changeFeed);
  const streams = anotherStreams();
  const statements = new StatementRegistry(journal, options.snapshots ?? NO_SNAPSHOTS, clock, changeFeed);
  const entries = async (): Promise<JournalEntry[]> => {
    const all: JournalEntry[] = [];
    for await (const stored of store.readAll(0)) all.push({ stored, event: await journal.decode(stored) });
    return all;
  };
  return {
    dir,
    clock,
    store,
    book: journal,
    /** What others write is heard once `onModuleInit` was called. */
    news: changeFeed,
    subjects,
    streams,
    /** The streams of another gateway, which knows nothing yet. */
    anotherStreams,
    customers: new Customers(config, streams, subjects, new SystemIds(), statements),
    statements,
    /** A statements of another gateway, which knows nothing yet. */
    anotherRegistry: () => new StatementRegistry(journal, NO_SNAPSHOTS, clock, changeFeed),
    /** Everything in the book, in order. */
    entries,
    close: async () => {
      await changeFeed.beforeApplicationShutdown();
      await store.close();
      await subjectStore.close();
    },
  };
}

export type Ledger = Awaited<ReturnType<typeof openLedger>>;
