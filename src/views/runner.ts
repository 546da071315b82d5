import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { EventStoreUnavailable, type EventStore, type Position } from '../ledger/event-store.js';
import type { DocumentStore } from './document-store.js';
import type { EventDecoder } from './event-decoder.js';
import { Fold } from './fold.js';
import type { Projection } from './projection.js';

/** How long folded changes may wait for more to be written with them, while no reader waits. */
const WRITE_DELAY_MS = 1000;

/** More changed documents than this are written before folding goes on, which bounds memory while old events are caught up. */
const UNWRITTEN_DOCUMENTS = 5_000;

/** How long a read waits for what was written before it. */
const READ_PATIENCE_MS = 2000;

/** Pause before the book is asked again after it did not answer. */
const RETRY_PAUSE_MS = 250;

interface Reader {
  readonly position: Position;
  readonly answer: (reached: boolean) => void;
}

/**
 * Keeps the views up to date: follows the book from where the views stand, folds what comes and writes it, often
 * enough for readers and seldom enough for the disk. What it cannot fold stops it, since skipping would lose it for ever.
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

  /** Why the views stand still: a FoldFailure names type, version and position. Undefined while all is well. */
  get failure(): Error | undefined {
    return this.stoppedBy;
  }

  /** Follows the book from where the views stand; resolves once it has begun to, long before old events are caught up. */
  async start(): Promise<void> {
    this.fold = await Fold.open(this.projections, this.decoder, this.store);
    this.running = this.run(this.fold);
  }

  /** Stops following and writes what was folded. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.drain();
    this.dismissReaders();
  }

  /** Waits until the views reflect a position; what is folded already is written at once. False when that takes too long or never comes. */
  reached(position: Position, timeoutMs: number): Promise<boolean> {
    if (this.position >= position) return Promise.resolve(true);
    if (this.stoppedBy || this.stopping.signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const reader: Reader = {
        position,
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
      if (error instanceof EventStoreUnavailable) return false;
      throw error;
    }
  }

  private async run(fold: Fold): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.follow(fold, signal);
        return;
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable)) {
          await this.drain();
          this.fail(error);
          return;
        }
        this.logger.warn(`${error.message}; asking again in ${RETRY_PAUSE_MS} ms`);
        await wait(RETRY_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async follow(fold: Fold, signal: AbortSignal): Promise<void> {
    for await (const events of this.events.subscribe(fold.folded, signal)) {
      await fold.apply(events);
      while (fold.waiting > UNWRITTEN_DOCUMENTS && fold.unwritten) await this.write();
      this.writeSoon();
    }
  }

  /** Writes now if that is what a reader waits for, else a little later. */
  private writeSoon(): void {
    const { fold } = this;
    if (!fold?.unwritten || this.writing) return;
    for (const { position } of this.readers) {
      if (position <= fold.folded) {
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
      await this.fold?.flush();
    } catch (error) {
      this.fail(error);
    }
    for (const reader of this.readers) if (reader.position <= this.position) reader.answer(true);
  }

  private async drain(): Promise<void> {
    while (this.fold?.unwritten) await this.write();
  }

  private fail(error: unknown): void {
    this.stoppedBy ??= error instanceof Error ? error : new Error(String(error));
    this.logger.error(this.stoppedBy.message);
    this.dismissReaders();
  }

  private dismissReaders(): void {
    for (const reader of this.readers) reader.answer(false);
  }
}
