import { workerData } from 'node:worker_threads';
import type { FileSettings } from './file-questions.js';

/**
 * The thread that owns a ledger file: one transaction for each group of appends, pages for readers, and a look at what
 * other processes commit. Revisions are always checked in the file, since other processes may write to it.
 */

export interface LedgerSettings extends FileSettings {
  /** How often to look whether another process has committed, while somebody subscribes. */
  readonly pollIntervalMs: number;
}

/**
 * Appends in one flat list, which is the cheapest thing to copy between threads: for each append its stream, the
 * revision expected last (-1 for none) and the number of events; then for each event id, type, data and metadata.
 */
export type PackedAppends = readonly (string | number)[];

/** Events in one flat list: position, stream, revision, id, type, data, metadata of each. */
export type PackedEvents = readonly (string | number)[];

/** What the main thread asks of the ledger's worker. */
export type LedgerQuestion =
  | { readonly append: PackedAppends }
  /** Events with `after` < position ≤ `upTo`. */
  | { readonly page: { readonly after: number; readonly upTo: number; readonly limit: number } }
  | { readonly streamPage: { readonly stream: string; readonly from: number; readonly limit: number } }
  /** Asks whether the file's pages are whole, as far as that can be looked at in a bounded time. */
  | { readonly inspect: true }
  /** Asks for the last position and switches notices of other processes' commits on or off. */
  | { readonly head: { readonly watch?: boolean } };

/**
 * What became of an append: the position of its last event, the revision where its stream really ends (-1: nowhere), or
 * that only part of it is there.
 */
export type AppendOutcome = number | { readonly endsAt: number } | { readonly partlyThere: true };

/** What the ledger's worker answers; which part is there follows from the question. */
export interface LedgerAnswer {
  /** The last position in the file: before the appends, for an append. */
  readonly head?: number;
  readonly outcomes?: readonly AppendOutcome[];
  readonly events?: PackedEvents;
  /** What is wrong with the file, in SQLite's words; undefined when nothing was found. */
  readonly damage?: string | undefined;
}

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream_id, revision)
  )`;

const engine = `./sqlite-file.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
const { DURABLE, notify, openFile, patiently, serve, transaction } = (await import(
  engine
)) as typeof import('./sqlite-file.js');
const checkpointsModule = `./checkpoints.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
const { Checkpoints } = (await import(checkpointsModule)) as typeof import('./checkpoints.js');

const settings = workerData as LedgerSettings;
// Each commit writes whole pages to the log, most of them for one event of about 1 kB and its place in the index, so
// larger pages cost more than they save. Only a new file takes the setting.
const database = openFile(settings, {
  version: SCHEMA_VERSION,
  schema: SCHEMA,
  pragmas: `PRAGMA page_size = 4096; PRAGMA cache_size = -8000; ${DURABLE}`,
});

const checkpoints = settings.readOnly ? undefined : new Checkpoints(settings.file, database);

const lastPosition = database.prepare('SELECT ifnull(max(position), 0) AS head FROM events');
const findStream = database.prepare('SELECT id FROM streams WHERE name = ?');
const addStream = database.prepare('INSERT INTO streams (name) VALUES (?)');
const lastRevision = database.prepare('SELECT ifnull(max(revision), -1) AS revision FROM events WHERE stream_id = ?');
const idsFrom = database.prepare(
  'SELECT id, position FROM events WHERE stream_id = ? AND revision >= ? ORDER BY revision LIMIT ?',
);
const addEvent = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)');
const COLUMNS =
  'e.position, s.name, e.revision, e.id, e.type, e.data, e.metadata FROM events e JOIN streams s ON s.id = e.stream_id';
// From the first position that is wanted, and not behind the last that is not: that one may lie in a damaged page.
const page = database.prepare(
  `SELECT ${COLUMNS} WHERE e.position >= ? + 1 AND e.position <= ? ORDER BY e.position LIMIT ?`,
);
const streamPage = database.prepare(
  `SELECT ${COLUMNS} WHERE e.stream_id = (SELECT id FROM streams WHERE name = ?) AND e.revision >= ? ORDER BY e.revision LIMIT ?`,
);
const dataVersion = database.prepare('PRAGMA data_version');
page.setReturnArrays(true);
streamPage.setReturnArrays(true);

const FIELDS_OF_APPEND = 3;
const FIELDS_OF_EVENT = 4;

function append(appends: PackedAppends): LedgerAnswer {
  const answer = transaction(database, () => appendAll(appends));
  checkpoints?.add(appends.length / (FIELDS_OF_APPEND + FIELDS_OF_EVENT));
  return answer;
}

function appendAll(appends: PackedAppends): LedgerAnswer {
  const head = readHead();
  const outcomes: AppendOutcome[] = [];
  let position = head;
  for (let at = 0; at < appends.length;) {
    const [stream, expected, count] = appends.slice(at, (at += FIELDS_OF_APPEND)) as [string, number, number];
    const known = findStream.get(stream) as { id: number } | undefined;
    const endsAt = known ? (lastRevision.get(known.id) as { revision: number }).revision : -1;
    if (endsAt === expected) {
      const streamId = known ? known.id : Number(addStream.run(stream).lastInsertRowid);
      for (let i = 0; i < count; i++) {
        const event = at + i * FIELDS_OF_EVENT;
        addEvent.run(
          ++position,
          streamId,
          expected + 1 + i,
          appends[event]!,
          appends[event + 1]!,
          appends[event + 2]!,
          appends[event + 3]!,
        );
      }
      outcomes.push(position);
    } else {
      const ids = Array.from({ length: count }, (_, i) => appends[at + i * FIELDS_OF_EVENT] as string);
      outcomes.push(known ? outcomeOfRetry(known.id, expected, endsAt, ids) : { endsAt });
    }
    at += count * FIELDS_OF_EVENT;
  }
  return { head, outcomes };
}

/**
 * The stream has moved on: it is a success if these very events stand where they were to go, since their first answer
 * was lost.
 */
function outcomeOfRetry(streamId: number, expected: number, endsAt: number, ids: readonly string[]): AppendOutcome {
  const there = idsFrom.all(streamId, expected + 1, ids.length) as { id: string; position: number }[];
  const equal = there.filter(({ id }, index) => id === ids[index]).length;
  if (equal === ids.length) return there.at(-1)!.position;
  return equal === 0 ? { endsAt } : { partlyThere: true };
}

function readHead(): number {
  return (lastPosition.get() as { head: number }).head;
}

let watching: NodeJS.Timeout | undefined;

/** SQLite changes this number when another connection commits, and only then. */
function readDataVersion(): number {
  return patiently(settings.busyTimeoutMs, () => (dataVersion.get() as { data_version: number }).data_version);
}

function watch(on: boolean): void {
  clearInterval(watching);
  watching = undefined;
  if (!on) return;
  let seen = readDataVersion();
  watching = setInterval(() => {
    const current = readDataVersion();
    if (current === seen) return;
    seen = current;
    notify({ head: patiently(settings.busyTimeoutMs, readHead) });
  }, settings.pollIntervalMs);
}

function flat(rows: unknown): PackedEvents {
  return (rows as (string | number)[][]).flat();
}

/**
 * Events of a page as far as they can be read: those before a damaged place are given, and the question for what
 * follows them fails. So whoever reads on learns where the damage begins.
 */
function eventsOf({
  after,
  upTo,
  limit,
}: {
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
}): PackedEvents {
  try {
    return flat(page.all(after, upTo, limit));
  } catch (error) {
    const fields: (string | number)[] = [];
    const rows = page.iterate(after, upTo, limit);
    try {
      for (const row of rows) fields.push(...(row as unknown as (string | number)[]));
    } catch {
      if (fields.length === 0) throw error;
    }
    return fields;
  }
}

/** A larger file is looked at only where it was written last. */
const WHOLLY_INSPECTED_BYTES = 32 * 1024 * 1024;
const INSPECTED_EVENTS = 5000;

/**
 * Looks at all pages of a small file, and at the newest events of a large one: those are what a torn write would have
 * hit.
 */
function inspect(): string | undefined {
  try {
    const { bytes } = database
      .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
      .get() as {
      bytes: number;
    };
    if (bytes <= WHOLLY_INSPECTED_BYTES) {
      const { quick_check: words } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
      return words === 'ok' ? undefined : words.replaceAll('\n', ' ');
    }
    database
      .prepare('SELECT sum(length(data) + length(metadata)) FROM (SELECT * FROM events ORDER BY position DESC LIMIT ?)')
      .get(INSPECTED_EVENTS);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * The last position also of a file whose newest page is damaged: the index of the streams has every position. For
 * readers only.
 */
function readableHead(): number {
  try {
    return readHead();
  } catch (error) {
    const { head } = database
      .prepare('SELECT ifnull(max(position), 0) AS head FROM events INDEXED BY sqlite_autoindex_events_1')
      .get() as {
      head: number;
    };
    if (head === 0) throw error;
    return head;
  }
}

serve<LedgerQuestion>(
  settings.busyTimeoutMs,
  (question): LedgerAnswer => {
    if ('append' in question) return append(question.append);
    if ('page' in question) return { events: eventsOf(question.page) };
    if ('streamPage' in question) {
      const { stream, from, limit } = question.streamPage;
      return { events: flat(streamPage.all(stream, from, limit)) };
    }
    if ('inspect' in question) return { damage: inspect() };
    if (question.head.watch !== undefined) watch(question.head.watch);
    return { head: readableHead() };
  },
  () => {
    watch(false);
    checkpoints?.close();
    database.close();
  },
);
