import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';
import { SystemIds } from '../../src/config/system.js';
import { SqliteEventStore } from '../../src/engines/sqlite/event-store.js';
import { SqliteSubjectStore } from '../../src/engines/sqlite/subject-store.js';
import { BookNews } from '../../src/ledger/book-news.js';
import { Book, type Entry } from '../../src/ledger/book.js';
import { Customers } from '../../src/ledger/customers.js';
import type { EventStore } from '../../src/ledger/event-store.js';
import { StatementDesk } from '../../src/ledger/statement-desk.js';
import type { StatementSnapshots } from '../../src/ledger/statement-snapshots.js';
import { Subjects } from '../../src/ledger/subjects.js';
import { SettableClock } from './settable-clock.js';

const NO_SNAPSHOTS: StatementSnapshots = { find: () => Promise.resolve(undefined) };

interface Options {
  readonly dir?: string;
  readonly clock?: SettableClock;
  readonly snapshots?: StatementSnapshots;
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
  const book = new Book(store, subjects);
  const news = new BookNews(store);
  const entries = async (): Promise<Entry[]> => {
    const all: Entry[] = [];
    for await (const stored of store.readAll(0)) all.push({ stored, event: await book.decode(stored) });
    return all;
  };
  return {
    dir,
    clock,
    store,
    book,
    /** What others write is heard once `onModuleInit` was called. */
    news,
    subjects,
    customers: new Customers(config, book, subjects, new SystemIds(), clock),
    desk: new StatementDesk(book, options.snapshots ?? NO_SNAPSHOTS, clock, news),
    /** A desk of another gateway, which knows nothing yet. */
    anotherDesk: () => new StatementDesk(book, NO_SNAPSHOTS, clock, news),
    /** Everything in the book, in order. */
    entries,
    close: async () => {
      await news.beforeApplicationShutdown();
      await store.close();
      await subjectStore.close();
    },
  };
}

export type Ledger = Awaited<ReturnType<typeof openLedger>>;
