import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { LedgerEvent } from '../domain/events/index.js';
import { StoreUnavailable } from '../domain/store-unavailable.js';
import type { EventStore, Position } from '../ledger/journal/event-store.js';
import type { DocumentStore } from './document-store.js';
import type { EventDecoder } from './event-decoder.js';
import { Fold, FoldFailure } from './fold.js';
import type { Projection } from './projection.js';

/** How long folded changes may wait for more to be written with them, while no reader waits. */
const WRITE_DELAY_MS = 1000;

/**
 * More changed documents than this are written before folding goes on, which bounds memory while old events are caught
 * up.
 */
const UNWRITTEN_DOCUMENTS = 5_000;

/** How long a read waits for what was written before it. */
const READ_PATIENCE_MS = 2000;

/** Pauses before a store is asked again that failed: the first, and the longest, as each is twice the one before. */
const RETRY_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

interface Reader {
  readonly position: Position;
  /** What has to have come so far: the stored documents, or only what is folded. */
  readonly of: 'stored' | 'folded';
  readonly answer: (reached: boolean) => void;
}

/**
 * Keeps the views up to date: follows the book from where the views stand, folds what comes and writes it, often enough
 * for readers and seldom enough for the disk. What it cannot fold stops it, since skipping would lose it for ever. When
 * a store fails, a full disk say, it begins again from where the views stand, as soon as that can be done.
 */
export class ProjectionRunner {
  private readonly logger = new Logger('Views');
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
    private readonly events: EventStore,
    private readonly decoder: EventDecoder,
    private readonly store: DocumentStore,
  ) {}

  /** The ledger position that the views reflect. */
  get position(): Position {
    return this.fold?.stored ?? 0;
  }

  /**
   * Why the views stand still, for good with a FoldFailure, which names type, version and position. Undefined while all
   * is well.
   */
  get failure(): Error | undefined {
    return this.stoppedBy;
  }

  /**
   * Follows the book from where the views stand; resolves once it has begun to, long before old events are caught up.
   */
  async start(): Promise<void> {
    this.fold = await Fold.open(this.projections, this.decoder, this.store);
    this.running = this.run();
  }

  /** Stops following and writes what was folded. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.drain();
    this.dismissReaders();
  }

  /**
   * Waits until the views reflect a position; what is folded already is written at once. False when that takes too long
   * or never comes.
   */
  reached(position: Position, timeoutMs: number, of: Reader['of'] = 'stored'): Promise<boolean> {
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

  /**
   * Waits, for two seconds at most, until the views reflect everything that is in the book now, so that whoever reads
   * after a write sees it. When that does not come about, reads answer from where the views stand.
   */
  async catchUp(): Promise<boolean> {
    try {
      return await this.reached(await this.events.head(), READ_PATIENCE_MS);
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }

  /**
   * As `catchUp`, for a reader of what events of these types alone say: unless there is such an event among those that
   * are folded and not written, nothing is written for it.
   */
  async catchUpOn(types: readonly LedgerEvent['type'][]): Promise<boolean> {
    try {
      if (!(await this.reached(await this.events.head(), READ_PATIENCE_MS, 'folded'))) return false;
      return await this.reached(this.fold!.newestOf(types), READ_PATIENCE_MS);
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }

  private at(of: Reader['of']): Position {
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
      while (fold.waiting > UNWRITTEN_DOCUMENTS && fold.unwritten) await this.write();
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
  }

  /** The book is asked again for what follows; what the views' store did not do is folded again. */
  private retryAfter(error: unknown): void {
    this.logger.warn(`${(error as Error).message}; trying again in ${this.pauseMs} ms`);
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
    this.logger.error(error.message);
    this.stoppedBy = error;
    this.dismissReaders();
  }

  /** The views stand still; the first reason is the one that counts. */
  private stand(error: unknown): void {
    this.stoppedBy ??= error instanceof Error ? error : new Error(String(error));
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
