import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreUnavailable } from '../../domain/store-unavailable.js';
import { DatabaseLine, isOfDatabase } from './database-line.js';
import { workerBeside } from './worker-line.js';
import {
  DocumentStore,
  type Collection,
  type Document,
  type DocumentSnapshot,
  type Search,
  type WriteBatch,
} from '../../views/document-store.js';
import type { CountedPart, PackedBatch } from './document-file.js';
import { DocumentRows, type DocumentRow, type PackedDocuments } from './document-rows.js';
import type { DocumentsAnswer, DocumentsQuestion, DocumentsSettings } from './document-store.worker.js';

/** How long to wait while another process writes to the file. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Searches over everything take seconds; a thread that takes longer sleeps in the disk, and those who read are told so.
 */
const ANSWER_TIMEOUT_MS = 20_000;

/** Documents that are counted at once; the thread answers other questions in between. */
const DOCUMENTS_PER_COUNT = 20_000;

/** As many documents as are written out in a fraction of a millisecond. */
const DOCUMENTS_PER_SLICE = 32;

/**
 * The write-ahead log starts over only while no snapshot is in use. After so many that overlapped, the next one waits
 * until all have ended, or endless reads would make the log grow without end.
 */
const SNAPSHOTS_IN_A_ROW = 200;

/**
 * The embedded document store: one SQLite file, read and written by a thread of its own. Documents and checkpoint go in
 * one transaction.
 */
export class SqliteDocumentStore extends DocumentStore {
  private readonly line: DatabaseLine<DocumentsSettings, DocumentsQuestion, DocumentsAnswer>;
  /** What is declared, for a thread that comes after this one. */
  private readonly collections: Collection[] = [];
  /** Resolves when the last write has been handed to the thread. */
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;
  private lastSnapshot = 0;
  private snapshotsInUse = 0;
  private begunInARow = 0;
  private readonly waitingForRest: (() => void)[] = [];
  private readonly rows = new Map<string, DocumentRows>();

  private constructor(file: string, readOnly: boolean) {
    super();
    this.line = new DatabaseLine({
      module: workerBeside(import.meta.url),
      settings: { file, busyTimeoutMs: BUSY_TIMEOUT_MS, readOnly, collections: this.collections },
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
    });
  }

  /**
   * Opens a file. Unless it is only read, it is made when it is missing. Throws when it is not a database or cannot be
   * used so.
   */
  static async open(
    file: string,
    { readOnly = false }: { readonly readOnly?: boolean } = {},
  ): Promise<SqliteDocumentStore> {
    const store = new SqliteDocumentStore(file, readOnly);
    await store.line.open();
    return store;
  }

  async declare(collections: readonly Collection[]): Promise<void> {
    await this.request({ declare: collections });
    for (const collection of collections) {
      if (!this.rows.has(collection.name)) this.collections.push(collection);
      this.rows.set(collection.name, new DocumentRows(collection));
    }
  }

  async getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<D[]> {
    return this.unpack(
      collection,
      (await this.request({ getMany: { collection, ids } })) as readonly DocumentRow[],
    ) as D[];
  }

  async findTogether(searches: readonly Search[]): Promise<Document[][]> {
    return this.unpackAll(searches, await this.request({ findTogether: searches }));
  }

  async snapshot(): Promise<DocumentSnapshot> {
    while (this.snapshotsInUse > 0 && this.begunInARow >= SNAPSHOTS_IN_A_ROW)
      await new Promise<void>((rest) => this.waitingForRest.push(rest));
    this.begunInARow = this.snapshotsInUse === 0 ? 1 : this.begunInARow + 1;
    this.snapshotsInUse++;
    let ended: Promise<void> | undefined;
    const snapshot = ++this.lastSnapshot;
    const begun = this.request({ beginSnapshot: snapshot });
    const end = async () => {
      const copyLog = --this.snapshotsInUse === 0 && this.begunInARow >= SNAPSHOTS_IN_A_ROW;
      const over = begun.then(() => this.requestNow({ endSnapshot: { snapshot, copyLog } }));
      if (this.snapshotsInUse === 0) for (const resume of this.waitingForRest.splice(0)) resume();
      await over;
    };
    await begun.catch(async (error: unknown) => {
      await end().catch(() => undefined);
      throw error;
    });
    // A snapshot is of a moment that has passed, so its questions need not wait for writes that are being packed.
    return {
      findTogether: async (searches) => {
        if (ended) throw new Error('the snapshot has ended');
        const found = await this.requestNow({ findInSnapshot: { snapshot, searches } });
        // Another thread has come, and what it shows is of another moment.
        if (found === undefined)
          throw new StoreUnavailable('the store of the views', new Error('the snapshot was lost with its thread'));
        return this.unpackAll(searches, found);
      },
      end: () => (ended ??= end()),
    };
  }

  async write(
    batches: readonly WriteBatch[],
    checkpoint: { readonly name: string; readonly position: number },
  ): Promise<void> {
    const asked = this.turn.then(async () => {
      const packed: PackedBatch[] = [];
      for (const batch of batches) packed.push(await this.pack(batch));
      return { answer: this.requestNow({ write: { batches: packed, checkpoint } }) };
    });
    this.turn = asked.catch(() => undefined);
    await (
      await asked
    ).answer;
  }

  async checkpoint(name: string): Promise<number> {
    return (await this.request({ checkpoint: name })) as number;
  }

  async count(collection: string, upTo: number): Promise<number> {
    let counted = 0;
    for (let after = ''; ;) {
      const asked = { collection, upTo, after, limit: DOCUMENTS_PER_COUNT };
      const part = (await this.request({ count: asked })) as CountedPart;
      counted += part.counted;
      if (part.last === undefined) return counted;
      after = part.last;
    }
  }

  override check(): Promise<void> {
    return this.line.check();
  }

  async close(): Promise<void> {
    await this.turn;
    this.closed = true;
    await this.line.close();
  }

  /** Asks behind the writes that are still being packed, so that everything happens in the order it was asked for. */
  private async request(question: DocumentsQuestion): Promise<DocumentsAnswer> {
    await this.turn;
    return this.requestNow(question);
  }

  private async requestNow(question: DocumentsQuestion): Promise<DocumentsAnswer> {
    if (this.closed) throw new StoreUnavailable('the store of the views', new Error('it is closed'));
    try {
      return await this.line.request(question);
    } catch (error) {
      if (!isOfDatabase(error)) throw error;
      throw new StoreUnavailable('the store of the views', error);
    }
  }

  /** Writes the documents out as rows, and lets calls pass between one slice and the next. */
  private async pack({ collection, puts, deletes }: WriteBatch): Promise<PackedBatch> {
    const rows = this.rowsOf(collection);
    const packed: PackedDocuments = [];
    for (const [index, document] of puts.entries()) {
      if (index % DOCUMENTS_PER_SLICE === DOCUMENTS_PER_SLICE - 1) await nextTurn();
      rows.pack(document, packed);
    }
    return { collection, puts: packed, deletes };
  }

  private unpackAll(searches: readonly Search[], found: DocumentsAnswer): Document[][] {
    return (found as readonly (readonly DocumentRow[])[]).map((rows, at) =>
      this.unpack(searches[at]!.collection, rows),
    );
  }

  private unpack(collection: string, found: readonly DocumentRow[]): Document[] {
    const rows = this.rowsOf(collection);
    return found.map((row) => rows.unpack(row));
  }

  private rowsOf(collection: string): DocumentRows {
    const rows = this.rows.get(collection);
    if (!rows) throw new Error(`collection ${collection} was not declared`);
    return rows;
  }
}
