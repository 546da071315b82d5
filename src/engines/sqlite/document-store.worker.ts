import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { FileSettings } from './file-questions.js';
import type { Collection, Deletion, Filter, Search } from '../../views/document-store.js';

/**
 * The thread that owns the documents' file: a table for each collection, with a real column for each field that can be
 * searched and the whole document as JSON text. Nothing here parses a document; that is left to whoever asks.
 */

export interface DocumentsSettings extends FileSettings {
  /** What is declared already: a new thread begins with that. */
  readonly collections: readonly Collection[];
}

/**
 * Documents in one flat list, which is the cheapest thing to copy between threads: of each id, position, body and the
 * fields in declared order.
 */
export type PackedDocuments = SQLInputValue[];

/** The writes of one collection. */
export interface PackedBatch {
  readonly collection: string;
  readonly puts: PackedDocuments;
  readonly deletes: readonly Deletion[];
}

/** What the main thread asks of the views' worker. */
export type DocumentsQuestion =
  | { readonly declare: readonly Collection[] }
  | { readonly getMany: { readonly collection: string; readonly ids: readonly string[] } }
  | { readonly findTogether: readonly Search[] }
  | {
      readonly write: {
        readonly batches: readonly PackedBatch[];
        readonly checkpoint: { readonly name: string; readonly position: number };
      };
    }
  | { readonly checkpoint: string }
  | { readonly beginSnapshot: number }
  | { readonly findInSnapshot: { readonly snapshot: number; readonly searches: readonly Search[] } }
  | { readonly endSnapshot: { readonly snapshot: number; readonly copyLog: boolean } };

/** Bodies of documents, for each search in turn; a position; or nothing, also for a snapshot that has ended. */
export type DocumentsAnswer = readonly string[] | readonly (readonly string[])[] | number | undefined;

/** A declared collection and the statements prepared for it. */
interface Table {
  readonly fields: readonly string[];
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
}

/** SQL and the values for its question marks. */
type Condition = readonly [sql: string, ...values: SQLInputValue[]];

// Under a test runner this file runs as it is written, and so does what it imports.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const engine = `./sqlite-file.${extension}`;
const { openFile, serve, transaction } = (await import(engine)) as typeof import('./sqlite-file.js');
const { ReadSnapshots } = (await import(`./read-snapshots.${extension}`)) as typeof import('./read-snapshots.js');

const settings = workerData as DocumentsSettings;
const database = openFile(settings, {
  version: 0,
  schema:
    'CREATE TABLE IF NOT EXISTS _checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  // NORMAL may lose the last commits when the power goes, whole ones and in order: the views then fold those events
  // again.
  pragmas: 'PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000',
});
const snapshots = new ReadSnapshots(openForReading);
const tables = new Map<string, Table>();
const finders = new Map<string, StatementSync>();
const readCheckpoint = database.prepare('SELECT position FROM _checkpoints WHERE name = ?');
const moveCheckpoint = database.prepare(
  `INSERT INTO _checkpoints VALUES (?, ?)
   ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > _checkpoints.position`,
);

/** A small cache each, since there may be several and the system's own serves them too. */
function openForReading(): DatabaseSync {
  const opened = new DatabaseSync(settings.file, { readOnly: true });
  opened.exec('PRAGMA cache_size = -1000');
  return opened;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function declare({ name, fields, indexes }: Collection): void {
  const table = quoted(name);
  if (!settings.readOnly) makeTable(table, { name, fields, indexes });
  const names = ['position', 'body', ...Object.keys(fields)].map(quoted);
  const get = database.prepare(`SELECT body FROM ${table} WHERE id = ?`);
  get.setReturnArrays(true);
  tables.set(name, {
    fields: Object.keys(fields),
    get,
    put: database.prepare(
      `INSERT INTO ${table} (id, ${names.join()}) VALUES (?${', ?'.repeat(names.length)})
       ON CONFLICT (id) DO UPDATE SET ${names.map((column) => `${column} = excluded.${column}`).join()}
       WHERE excluded.position > ${table}.position`,
    ),
    remove: database.prepare(`DELETE FROM ${table} WHERE id = ? AND position < ?`),
  });
}

function makeTable(table: string, { name, fields, indexes }: Collection): void {
  const columns = Object.entries(fields).map(([field, type]) => `, ${quoted(field)} ${type}`);
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${table} (id TEXT PRIMARY KEY, position INTEGER NOT NULL, body TEXT NOT NULL${columns.join('')}) STRICT, WITHOUT ROWID`,
  );
  for (const index of indexes) {
    // Without rowids, SQLite itself ends every index with the id, the last word in every order here.
    database.exec(
      `CREATE INDEX IF NOT EXISTS ${quoted(`${name}:${index.join()}`)} ON ${table} (${index.map(quoted).join()})`,
    );
  }
}

function tableOf(collection: string): Table {
  const table = tables.get(collection);
  if (!table) throw new Error(`collection ${collection} was not declared`);
  return table;
}

function getMany(collection: string, ids: readonly string[]): string[] {
  const { get } = tableOf(collection);
  const bodies: string[] = [];
  for (const id of ids) {
    const row = get.get(id) as [body: string] | undefined;
    if (row) bodies.push(row[0]);
  }
  return bodies;
}

function find(search: Search): string[] {
  const { sql, values } = sqlOf(search);
  let finder = finders.get(sql);
  if (!finder) {
    finder = database.prepare(sql);
    finder.setReturnArrays(true);
    finders.set(sql, finder);
  }
  return (finder.all(...values) as unknown as [body: string][]).map(([body]) => body);
}

function findInSnapshot(snapshot: number, search: Search): string[] {
  const { sql, values } = sqlOf(search);
  return snapshots.find(snapshot, sql, values);
}

/** Once all of the log is in the file, whoever reads next does not need it, and the next write can start it over. */
function endSnapshot({ snapshot, copyLog }: { readonly snapshot: number; readonly copyLog: boolean }): void {
  snapshots.end(snapshot);
  if (copyLog) database.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

function sqlOf({ collection, filter }: Search): { sql: string; values: SQLInputValue[] } {
  const { fields } = tableOf(collection);
  return searchSql(collection, filter, (field) => {
    if (field !== 'id' && !fields.includes(field)) throw new Error(`collection ${collection} has no field ${field}`);
    return quoted(field);
  });
}

function searchSql(
  collection: string,
  filter: Filter,
  column: (field: string) => string,
): { sql: string; values: SQLInputValue[] } {
  const { where = {}, orderBy = 'id', order = 'asc', limit } = filter;
  const { range, after } = nearestBounds(filter);
  const conditions = Object.entries(where).map(([field, value]): Condition => [`${column(field)} IS ?`, value]);
  if (range?.from !== undefined) conditions.push([`${column(range.field)} >= ?`, range.from]);
  if (range?.to !== undefined) conditions.push([`${column(range.field)} < ?`, range.to]);
  const behind = order === 'asc' ? '>' : '<';
  if (after && orderBy === 'id') conditions.push([`id ${behind} ?`, after.id]);
  else if (after) conditions.push([`(${column(orderBy)}, id) ${behind} (?, ?)`, after.value!, after.id]);
  const sorted = orderBy === 'id' ? `id ${order}` : `${column(orderBy)} ${order}, id ${order}`;
  const wanted = conditions.map(([sql]) => sql).join(' AND ') || 'true';
  return {
    sql: `SELECT body FROM ${quoted(collection)} WHERE ${wanted} ORDER BY ${sorted} LIMIT ?`,
    values: [...conditions.flatMap(([, ...values]) => values), limit ?? -1],
  };
}

/**
 * The range and `after`, less whichever of them says nothing more where both bound the field that orders: SQLite enters
 * an index at one bound of its choice, and from the range's own it would read all earlier pages again, or all that are
 * equal in that field.
 */
function nearestBounds({ range, after, orderBy = 'id', order = 'asc' }: Filter): Pick<Filter, 'range' | 'after'> {
  const bound = order === 'asc' ? range?.from : range?.to;
  const start = orderBy === 'id' ? after?.id : after?.value;
  if (!range || bound === undefined || start === undefined || range.field !== orderBy) return { range, after };
  const isInside = order === 'asc' ? compared(start, bound) >= 0 : compared(start, bound) < 0;
  if (!isInside) return { range };
  const { field, from, to } = range;
  return { range: order === 'asc' ? { field, to } : { field, from }, after };
}

/** In SQLite's order: numbers by size, texts by their UTF-8 bytes, numbers before texts. */
function compared(a: string | number, b: string | number): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return typeof a === 'number' ? -1 : 1;
}

function checkpointOf(name: string): number {
  return (readCheckpoint.get(name) as { position: number } | undefined)?.position ?? 0;
}

/**
 * What the checkpoint has passed is in the file already, perhaps from another process, and what was deleted up to there
 * stays so.
 */
function write(
  batches: readonly PackedBatch[],
  checkpoint: { readonly name: string; readonly position: number },
): void {
  transaction(database, () => {
    const reached = checkpointOf(checkpoint.name);
    for (const { collection, puts, deletes } of batches) {
      const { fields, put, remove } = tableOf(collection);
      const width = 3 + fields.length;
      for (let at = 0; at < puts.length; at += width) {
        if ((puts[at + 1] as number) > reached) put.run(...puts.slice(at, at + width));
      }
      for (const { id, position } of deletes) if (position > reached) remove.run(id, position);
    }
    moveCheckpoint.run(checkpoint.name, checkpoint.position);
  });
}

function answer(question: DocumentsQuestion): DocumentsAnswer {
  if ('write' in question) return void write(question.write.batches, question.write.checkpoint);
  if ('getMany' in question) return getMany(question.getMany.collection, question.getMany.ids);
  if ('findTogether' in question) return question.findTogether.map(find);
  if ('declare' in question) return void question.declare.forEach(declare);
  if ('beginSnapshot' in question) return void snapshots.begin(question.beginSnapshot);
  if ('findInSnapshot' in question) {
    const { snapshot, searches } = question.findInSnapshot;
    return snapshots.has(snapshot) ? searches.map((search) => findInSnapshot(snapshot, search)) : undefined;
  }
  if ('endSnapshot' in question) return void endSnapshot(question.endSnapshot);
  return checkpointOf(question.checkpoint);
}

settings.collections.forEach(declare);
serve<DocumentsQuestion>(settings.busyTimeoutMs, answer, () => {
  snapshots.close();
  database.close();
});
