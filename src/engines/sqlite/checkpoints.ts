import { Worker } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import type { CheckpointOrder, CheckpointSettings } from './checkpoint.worker.js';

/** The log is copied each time that so many events have been written. */
const EVENTS_PER_COPY = 512;

/**
 * If the thread that copies does not come to it, the ledger's own thread copies the log once it has so many pages:
 * 32 MB, or 64 in a file of an earlier version.
 */
const MOST_PAGES = 8000;

/** SQLite's own limit, for a ledger whose log no other thread copies. */
const USUAL_PAGES = 1000;

/** How long closing waits for the thread. It may be copying on a slow disk; then what it leaves is copied later. */
const CLOSE_PATIENCE_MS = 2000;

/**
 * Has the write-ahead log of a ledger copied into its file by a thread of its own, which starts when there is something
 * to copy. Only the ledger's thread uses this.
 */
export class Checkpoints {
  private readonly file: string;
  private readonly database: DatabaseSync;
  private readonly closed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private worker: Worker | undefined;
  private written = 0;
  private isCopying = false;
  private hasFailed = false;

  constructor(file: string, database: DatabaseSync) {
    this.file = file;
    this.database = database;
    database.exec(`PRAGMA wal_autocheckpoint = ${MOST_PAGES}`);
  }

  /** So many events were committed. */
  add(events: number): void {
    this.written += events;
    if (this.written < EVENTS_PER_COPY || this.isCopying || this.hasFailed) return;
    this.written = 0;
    this.isCopying = true;
    this.worker ??= this.start();
    this.worker.postMessage('copy' satisfies CheckpointOrder);
  }

  /** Closes the thread's connection, so that the ledger's own is the last one and leaves no log behind. */
  close(): void {
    if (!this.worker || this.hasFailed) return;
    this.worker.postMessage('close' satisfies CheckpointOrder);
    Atomics.wait(this.closed, 0, 0, CLOSE_PATIENCE_MS);
  }

  private start(): Worker {
    const { file, closed } = this;
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const workerData: CheckpointSettings = { file, closed };
    const worker = new Worker(new URL(`./checkpoint.worker.${ending}`, import.meta.url), { workerData });
    worker.on('message', () => this.finish());
    worker.on('error', () => this.fail());
    worker.unref();
    return worker;
  }

  /**
   * The log begins anew only once all of it is copied. The few pages that were written meanwhile are copied here, where
   * nothing is written in between.
   */
  private finish(): void {
    this.isCopying = false;
    this.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** Without its thread the log is copied as SQLite does by itself. */
  private fail(): void {
    this.hasFailed = true;
    this.database.exec(`PRAGMA wal_autocheckpoint = ${USUAL_PAGES}`);
  }
}
