import { setImmediate as nextTurn } from 'node:timers/promises';
import { DocumentStore, type Collection, type Document, type DocumentSnapshot, type Search, type WriteBatch } from '../document-store.js';
import { DocumentsThread } from './documents-thread.js';
import type { DocumentsAnswer, DocumentsQuestion, PackedBatch, PackedDocuments } from './sqlite-documents.worker.js';

/** How long to wait while another process writes to the file. */
const BUSY_TIMEOUT_MS = 5000;

/** As many documents as are written out in a fraction of a millisecond. */
const DOCUMENTS_PER_SLICE = 32;

/**
 * The write-ahead log starts over only while no snapshot is in use. After so many that overlapped, the next one waits until all have ended,
 * or endless reads would make the log grow without end.
 */
const SNAPSHOTS_IN_A_ROW = 200;

/** The embedded document store: one SQLite file, read and written by a thread of its own. Documents and checkpoint go in one transaction. */
export class SqliteDocumentStore extends DocumentStore {
  private readonly thread: DocumentsThread;
  /** Resolves when the last write has been handed to the thread. */
  private turn: Promise<unknown> = Promise.resolve();
  private snapshotsInUse = 0;
  private begunInARow = 0;
  private readonly waitingForRest: (() => void)[] = [];
  private readonly fields = new Map<string, readonly string[]>();

  private constructor(file: string) {
    super();
    this.thread = new DocumentsThread({ file, busyTimeoutMs: BUSY_TIMEOUT_MS });
  }

  /** Opens a file, making it when it is missing. Throws when it is not a database or cannot be written. */
  static async open(file: string): Promise<SqliteDocumentStore> {
    const store = new SqliteDocumentStore(file);
    await store.declare([]);
    return store;
  }

  async declare(collections: readonly Collection[]): Promise<void> {
    await this.ask({ declare: collections });
    for (const { name, fields } of collections) this.fields.set(name, Object.keys(fields));
  }

  async getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<D[]> {
    return unpack((await this.ask({ getMany: { collection, ids } })) as readonly string[]) as D[];
  }

  async findTogether(searches: readonly Search[]): Promise<Document[][]> {
    return ((await this.ask({ findTogether: searches })) as readonly (readonly string[])[]).map(unpack);
  }

  async snapshot(): Promise<DocumentSnapshot> {
    while (this.snapshotsInUse > 0 && this.begunInARow >= SNAPSHOTS_IN_A_ROW)
      await new Promise<void>((rest) => this.waitingForRest.push(rest));
    this.begunInARow = this.snapshotsInUse === 0 ? 1 : this.begunInARow + 1;
    this.snapshotsInUse++;
    let ended: Promise<void> | undefined;
    const begun = this.ask({ beginSnapshot: true }) as Promise<number>;
    const end = async () => {
      const copyLog = --this.snapshotsInUse === 0 && this.begunInARow >= SNAPSHOTS_IN_A_ROW;
      const over = begun.then((snapshot) => this.thread.ask({ endSnapshot: { snapshot, copyLog } }));
      if (this.snapshotsInUse === 0) for (const resume of this.waitingForRest.splice(0)) resume();
      await over;
    };
    const snapshot = await begun.catch(async (error: unknown) => {
      await end().catch(() => undefined);
      throw error;
    });
    // A snapshot is of a moment that has passed, so its questions need not wait for writes that are being packed.
    return {
      findTogether: async (searches) => {
        const found = await this.thread.ask({ findInSnapshot: { snapshot, searches } });
        return (found as readonly (readonly string[])[]).map(unpack);
      },
      end: () => (ended ??= end()),
    };
  }

  async write(batches: readonly WriteBatch[], checkpoint: { readonly name: string; readonly position: number }): Promise<void> {
    const asked = this.turn.then(async () => {
      const packed: PackedBatch[] = [];
      for (const batch of batches) packed.push(await this.pack(batch));
      return { answer: this.thread.ask({ write: { batches: packed, checkpoint } }) };
    });
    this.turn = asked.catch(() => undefined);
    await (
      await asked
    ).answer;
  }

  async checkpoint(name: string): Promise<number> {
    return (await this.ask({ checkpoint: name })) as number;
  }

  async close(): Promise<void> {
    await this.turn;
    await this.thread.close();
  }

  /** Asks behind the writes that are still being packed, so that everything happens in the order it was asked for. */
  private async ask(question: DocumentsQuestion): Promise<DocumentsAnswer> {
    await this.turn;
    return this.thread.ask(question);
  }

  /** Writes the documents out as JSON, and lets calls pass between one slice and the next. */
  private async pack({ collection, puts, deletes }: WriteBatch): Promise<PackedBatch> {
    const fields = this.fields.get(collection);
    if (!fields) throw new Error(`collection ${collection} was not declared`);
    const packed: PackedDocuments = [];
    for (const [index, document] of puts.entries()) {
      if (index % DOCUMENTS_PER_SLICE === DOCUMENTS_PER_SLICE - 1) await nextTurn();
      packed.push(document.id, document.position, JSON.stringify(document));
      for (const field of fields) packed.push(columnValue((document as unknown as Record<string, unknown>)[field]));
    }
    return { collection, puts: packed, deletes };
  }
}

function columnValue(value: unknown): string | number | null {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : null;
}

function unpack(bodies: readonly string[]): Document[] {
  return bodies.map((body) => JSON.parse(body) as Document);
}
