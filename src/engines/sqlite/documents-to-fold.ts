import { statSync } from 'node:fs';
import type { Collection, Document, WriteBatch } from '../../views/document-store.js';
import { DocumentFile, type Checkpoint, type PackedBatch } from './document-file.js';
import { DocumentRows, type PackedDocuments } from './document-rows.js';
import type { FileIdentity } from './file-questions.js';
import { patiently, requireSame } from './sqlite-file.js';

/** How long to wait while another process writes to the file. */
const BUSY_TIMEOUT_MS = 5000;

/** The documents' file, folded into over a connection of its own by a thread that may wait for the disk. */
export class DocumentsToFold {
  private readonly documents: DocumentFile;
  private readonly identity: FileIdentity;
  private readonly rows = new Map<string, DocumentRows>();

  /** Opens the file. Throws when it cannot be used. */
  constructor(private readonly file: string) {
    this.documents = new DocumentFile({ file, busyTimeoutMs: BUSY_TIMEOUT_MS });
    const { dev, ino } = statSync(file, { bigint: true });
    this.identity = { dev, ino };
  }

  async declare(collections: readonly Collection[]): Promise<void> {
    this.run(() => this.documents.declare(collections));
    for (const collection of collections) this.rows.set(collection.name, new DocumentRows(collection));
  }

  async getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<D[]> {
    const rows = this.rowsOf(collection);
    return this.run(() => this.documents.getMany(collection, ids)).map((row) => rows.unpack(row) as D);
  }

  async write(batches: readonly WriteBatch[], checkpoint: Checkpoint): Promise<void> {
    const packed = batches.map(({ collection, puts, deletes }): PackedBatch => {
      const rows = this.rowsOf(collection);
      const values: PackedDocuments = [];
      for (const document of puts) rows.pack(document, values);
      return { collection, puts: values, deletes };
    });
    this.run(() => this.documents.write(packed, checkpoint));
  }

  async checkpoint(name: string): Promise<number> {
    return this.run(() => this.documents.checkpoint(name));
  }

  close(): void {
    this.documents.close();
  }

  private rowsOf(collection: string): DocumentRows {
    const rows = this.rows.get(collection);
    if (!rows) throw new Error(`collection ${collection} was not declared`);
    return rows;
  }

  /** What is written to a file that is gone is not durable, and what is read there may be just that. */
  private run<Result>(work: () => Result): Result {
    const result = patiently(BUSY_TIMEOUT_MS, work);
    requireSame(this.file, this.identity);
    return result;
  }
}
