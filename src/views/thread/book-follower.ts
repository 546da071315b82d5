import { setTimeout as wait } from 'node:timers/promises';
import type { LedgerEvent } from '../../domain/events/index.js';
import { StoreUnavailable } from '../../domain/store-unavailable.js';
import type { EventStore, Position } from '../../ledger/journal/event-store.js';
import type { EventDecoder } from '../event-decoder.js';
import { Fold, FoldFailure, type FoldedDocuments } from '../fold.js';
import type { Projection } from '../projection.js';
import { ProjectionRunner, READ_PATIENCE_MS, type Reached } from '../runner.js';

/** How long folded changes may wait for more to be written with them, while no reader waits. */
const WRITE_DELAY_MS = 500;

/** Pauses before a store is asked again that failed: the first, and the longest, as each is twice the one before. */
const RETRY_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

interface Reader {
  readonly position: Position;
  readonly of: Reached;
  readonly answer: (reached: boolean) => void;
}

/** The book as it is followed. */
export type FollowedBook = Pick<EventStore, 'head' | 'subscribe'>;

/** Is told what becomes of the views. */
export interface FollowerWatch {
  /** Where the views stand, or why they stand still, is another than before. */
  changed(): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * Keeps the views up to date: follows the book from where the views stand, folds what comes and writes it, often enough
 * for readers and seldom enough for the disk. What it cannot fold stops it, since skipping would lose it for ever. When
 * a store fails, a full disk say, it begins again from where the views stand, as soon as that can be done.
 */
export class BookFollower extends ProjectionRunner {
  private readonly stopping = new AbortController();
  private readonly readers = new Set<Reader>();
  private fold: Fold | undefined;
  private running: Promise<void> | undefined;
  private writing: Promise<void> | undefined;
  private writeTimer: NodeJS.Timeout | undefined;
  private stoppedBy: Error | undefined;
  /** Ends the present following when a write has failed. */
  private interruption = new AbortController();
  private pauseMs = RETRY_PAUSE_MS;

  constructor(
    private readonly projections: readonly Projection[],
    private readonly events: FollowedBook,
    private readonly decoder: EventDecoder,
    private readonly store: FoldedDocuments,
    private readonly watch: FollowerWatch,
  ) {
    super();
  }

  override get position(): Position {
    return this.fold?.stored ?? 0;
  }

  /** With a FoldFailure, which names type, version and position, for good. */
  override get failure(): Error | undefined {
    return this.stoppedBy;
  }

  override async start(): Promise<void> {
    this.fold = await Fold.open(this.projections, this.decoder, this.store);
    this.watch.changed();
    this.running = this.run();
  }

  override async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.drain();
    this.dismissReaders();
  }

  override reached(position: Position, timeoutMs: number, of: Reached = 'stored'): Promise<boolean> {
    if (this.at(of) >= position) return Promise.resolve(true);
    if (this.stoppedBy || this.stopping.signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const reader: Reader = {
        position,
        of,
        answer: (reached) => {
          clearTimeout(overdue);
          this.readers.delete(reader);
          resolve(reached);
        },
      };
      const overdue = setTimeout(() => reader.answer(false), timeoutMs);
      this.readers.add(reader);
      this.writeSoon();
    });
  }

  override async catchUp(): Promise<boolean> {
    try {
      return await this.reached(await this.events.head(), READ_PATIENCE_MS);
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }

  override async catchUpOn(types: readonly LedgerEvent['type'][]): Promise<boolean> {
    try {
      if (!(await this.reached(await this.events.head(), READ_PATIENCE_MS, 'folded'))) return false;
      return await this.reached(this.fold!.newestOf(types), READ_PATIENCE_MS);
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }

  private at(of: Reached): Position {
    return of === 'stored' ? this.position : (this.fold?.folded ?? 0);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.follow(this.fold!);
      } catch (error) {
        await this.drain();
        if (error instanceof FoldFailure) return this.fail(error);
        this.retryAfter(error);
      }
      if (signal.aborted) return;
      await wait(this.pauseMs, undefined, { signal }).catch(() => undefined);
      this.pauseMs = Math.min(2 * this.pauseMs, LONGEST_PAUSE_MS);
      await this.beginAgain().catch((error: unknown) => this.retryAfter(error));
    }
  }

  /** Resolves when it is to stop, or when a write has failed. */
  private async follow(fold: Fold): Promise<void> {
    const signal = AbortSignal.any([this.stopping.signal, this.interruption.signal]);
    for await (const events of this.events.subscribe(fold.folded, signal)) {
      await fold.apply(events);
      this.answerReaders();
      while (fold.isFull && fold.unwritten) await this.write();
      this.writeSoon();
    }
  }

  /** A fold that failed to write is over; another one goes on where the store stands. */
  private async beginAgain(): Promise<void> {
    if (!this.interruption.signal.aborted || this.stopping.signal.aborted) return;
    const fold = await Fold.open(this.projections, this.decoder, this.store);
    const head = await this.events.head();
    this.fold = fold;
    this.interruption = new AbortController();
    // What this one could not write may be there: another process wrote it, or only the answer was lost.
    if (head <= fold.stored) this.well();
    this.watch.changed();
  }

  /** The book is asked again for what follows; what the views' store did not do is folded again. */
  private retryAfter(error: unknown): void {
    this.watch.warn(`${(error as Error).message}; trying again in ${this.pauseMs} ms`);
    if (error instanceof StoreUnavailable && error.store === 'the ledger') return;
    this.interruption.abort();
    this.stand(error);
  }

  /** Writes now if that is what a reader waits for, else a little later. */
  private writeSoon(): void {
    const { fold } = this;
    if (!fold?.unwritten || this.writing) return;
    for (const { position, of } of this.readers) {
      if (of === 'stored' && position <= fold.folded) {
        void this.write();
        return;
      }
    }
    this.writeTimer ??= setTimeout(() => void this.write(), WRITE_DELAY_MS);
  }

  private write(): Promise<void> {
    clearTimeout(this.writeTimer);
    this.writeTimer = undefined;
    this.writing ??= this.flush().finally(() => {
      this.writing = undefined;
      this.writeSoon();
    });
    return this.writing;
  }

  private async flush(): Promise<void> {
    try {
      if (!this.fold?.unwritten) return;
      await this.fold.flush();
      this.well();
      this.watch.changed();
    } catch (error) {
      this.retryAfter(error);
    }
    this.answerReaders();
  }

  private answerReaders(): void {
    for (const reader of this.readers) if (reader.position <= this.at(reader.of)) reader.answer(true);
  }

  private async drain(): Promise<void> {
    while (this.fold?.unwritten) await this.write();
  }

  private fail(error: FoldFailure): void {
    this.watch.error(error.message);
    this.stoppedBy = error;
    this.watch.changed();
    this.dismissReaders();
  }

  /** The views stand still; the first reason is the one that counts. */
  private stand(error: unknown): void {
    this.stoppedBy ??= error instanceof Error ? error : new Error(String(error));
    this.watch.changed();
    this.dismissReaders();
  }

  private well(): void {
    this.pauseMs = RETRY_PAUSE_MS;
    if (!(this.stoppedBy instanceof FoldFailure)) this.stoppedBy = undefined;
  }

  private dismissReaders(): void {
    for (const reader of this.readers) reader.answer(false);
  }
}
