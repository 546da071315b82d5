import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Collection, Search, WriteBatch } from '../../views/document-store.js';
import { DocumentRows, type DocumentRow, type PackedDocuments } from './document-rows.js';
import { searchSql } from './document-search.js';
import type { FileSettings } from './file-questions.js';
import { ReadSnapshots } from './read-snapshots.js';
import { openFile, transaction } from './sqlite-file.js';

/** The writes of one collection. */
export interface PackedBatch extends Pick<WriteBatch, 'collection' | 'deletes'> {
  readonly puts: PackedDocuments;
}

/** The checkpoint that is written with the documents. */
export interface Checkpoint {
  readonly name: string;
  readonly position: number;
}

/** Which documents are counted at once: of so many behind an id, those up to a position. */
export interface CountedRange {
  readonly collection: string;
  readonly upTo: number;
  readonly after: string;
  readonly limit: number;
}

/** A part of a count: how many, and the id behind which to go on, if there are more. */
export interface CountedPart {
  readonly counted: number;
  readonly last: string | undefined;
}

/** A declared collection and the statements prepared for it. */
interface Table {
  readonly rows: DocumentRows;
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
}

/** The log of a large write is cut to this, once all of it is in the file. */
const LOG_BYTES = 16 * 1024 * 1024;

/** In KiB. Each connection that shows a snapshot has a small one, since there may be several. */
const CACHE_KIB = 16_000;
const SNAPSHOT_CACHE_KIB = 1000;

/**
 * The documents' file, for the thread that opens it: a table for each collection, with a real column for each field
 * that can be searched. What a row holds is known by `DocumentRows`. Whoever calls waits for the disk.
 */
export class DocumentFile {
  private readonly database: DatabaseSync;
  private readonly snapshots: ReadSnapshots;
  private readonly tables = new Map<string, Table>();
  private readonly finders = new Map<string, StatementSync>();
  private readonly readCheckpoint: StatementSync;
  private readonly moveCheckpoint: StatementSync;

  /** Opens the file. Throws when it is no database, or cannot be used so. */
  constructor(private readonly settings: FileSettings) {
    this.database = openFile(settings, {
      version: 0,
      schema:
        'CREATE TABLE IF NOT EXISTS _checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID',
      // NORMAL may lose the last commits when the power goes, whole ones and in order: the views then fold those events
      // again.
      pragmas: `PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}`,
    });
    this.database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
    this.snapshots = new ReadSnapshots(() => {
      const opened = new DatabaseSync(settings.file, { readOnly: true });
      opened.exec(`PRAGMA cache_size = -${SNAPSHOT_CACHE_KIB}`);
      return opened;
    });
    this.readCheckpoint = this.database.prepare('SELECT position FROM _checkpoints WHERE name = ?');
    this.moveCheckpoint = this.database.prepare(
      `INSERT INTO _checkpoints VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > _checkpoints.position`,
    );
  }

  /** Makes the tables that are missing. */
  declare(collections: readonly Collection[]): void {
    for (const collection of collections) {
      const { name } = collection;
      const rows = new DocumentRows(collection);
      const table = quoted(name);
      if (!this.settings.readOnly) this.makeTable(table, collection);
      const columns = rows.written.map(quoted);
      const get = this.database.prepare(`SELECT ${rows.read.map(quoted).join()} FROM ${table} WHERE id = ?`);
      get.setReturnArrays(true);
      this.tables.set(name, {
        rows,
        get,
        put: this.database.prepare(
          `INSERT INTO ${table} (${columns.join()}) VALUES (?${', ?'.repeat(columns.length - 1)})
           ON CONFLICT (id) DO UPDATE SET ${columns
             .slice(1)
             .map((column) => `${column} = excluded.${column}`)
             .join()}
           WHERE excluded.position > ${table}.position`,
        ),
        remove: this.database.prepare(`DELETE FROM ${table} WHERE id = ? AND position < ?`),
      });
    }
  }

  getMany(collection: string, ids: readonly string[]): DocumentRow[] {
    const { get } = this.tableOf(collection);
    const found: DocumentRow[] = [];
    for (const id of ids) {
      const row = get.get(id) as DocumentRow | undefined;
      if (row) found.push(row);
    }
    return found;
  }

  find(search: Search): DocumentRow[] {
    const { sql, values } = this.sqlOf(search);
    let finder = this.finders.get(sql);
    if (!finder) {
      finder = this.database.prepare(sql);
      finder.setReturnArrays(true);
      this.finders.set(sql, finder);
    }
    return finder.all(...values) as unknown as DocumentRow[];
  }

  /**
   * Writes the batches and moves the checkpoint. What the checkpoint has passed is in the file already, perhaps from
   * another process, and what was deleted up to there stays so.
   */
  write(batches: readonly PackedBatch[], checkpoint: Checkpoint): void {
    transaction(this.database, () => {
      const reached = this.checkpoint(checkpoint.name);
      for (const { collection, puts, deletes } of batches) {
        const { rows, put, remove } = this.tableOf(collection);
        const width = rows.written.length;
        for (let at = 0; at < puts.length; at += width) {
          if ((puts[at + 1] as number) > reached) put.run(...puts.slice(at, at + width));
        }
        for (const { id, position } of deletes) if (position > reached) remove.run(id, position);
      }
      this.moveCheckpoint.run(checkpoint.name, checkpoint.position);
    });
  }

  count({ collection, upTo, after, limit }: CountedRange): CountedPart {
    this.tableOf(collection);
    const found = this.database
      .prepare(
        `SELECT count(*) AS looked, ifnull(sum(position <= ?), 0) AS counted, max(id) AS last
         FROM (SELECT id, position FROM ${quoted(collection)} WHERE id > ? ORDER BY id LIMIT ?)`,
      )
      .get(upTo, after, limit) as { looked: number; counted: number; last: string | null };
    return { counted: found.counted, last: found.looked < limit ? undefined : found.last! };
  }

  checkpoint(name: string): number {
    return (this.readCheckpoint.get(name) as { position: number } | undefined)?.position ?? 0;
  }

  /** Begins a snapshot of this moment under a number that no other has had. */
  beginSnapshot(snapshot: number): void {
    this.snapshots.begin(snapshot);
  }

  /** The answers to several searches; undefined for a snapshot that has ended. */
  findInSnapshot(snapshot: number, searches: readonly Search[]): DocumentRow[][] | undefined {
    if (!this.snapshots.has(snapshot)) return undefined;
    return searches.map((search) => {
      const { sql, values } = this.sqlOf(search);
      return this.snapshots.find(snapshot, sql, values) as unknown as DocumentRow[];
    });
  }

  /** Once all of the log is in the file, whoever reads next does not need it, and the next write can start it over. */
  endSnapshot(snapshot: number, copyLog: boolean): void {
    this.snapshots.end(snapshot);
    if (copyLog) this.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  close(): void {
    this.snapshots.close();
    this.database.close();
  }

  private makeTable(table: string, { name, fields, indexes, sparse = [] }: Collection): void {
    const columns = Object.entries(fields).map(
      ([field, type]) => `, ${quoted(field)} ${type === 'boolean' ? 'integer' : type}`,
    );
    this.database.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (id TEXT PRIMARY KEY, position INTEGER NOT NULL, body TEXT NOT NULL${columns.join('')}) STRICT, WITHOUT ROWID`,
    );
    for (const index of indexes) {
      // Without rowids, SQLite itself ends every index with the id, the last word in every order here.
      this.database.exec(
        `CREATE INDEX IF NOT EXISTS ${quoted(`${name}:${index.join()}`)} ON ${table} (${index.map(quoted).join()})` +
          (sparse.includes(index[0]!) ? ` WHERE ${quoted(index[0]!)} IS NOT NULL` : ''),
      );
    }
  }

  private tableOf(collection: string): Table {
    const table = this.tables.get(collection);
    if (!table) throw new Error(`collection ${collection} was not declared`);
    return table;
  }

  private sqlOf({ collection, filter }: Search): { sql: string; values: SQLInputValue[] } {
    const { rows } = this.tableOf(collection);
    const select = `SELECT ${rows.read.map(quoted).join()} FROM ${quoted(collection)}`;
    return searchSql(select, filter, (field) => {
      if (field !== 'id' && !rows.hasField(field)) throw new Error(`collection ${collection} has no field ${field}`);
      return quoted(field);
    });
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
