import { setTimeout as wait } from 'node:timers/promises';

/** How often it is looked whether calls that come can be booked. */
const LOOK_INTERVAL_MS = 1000;

/** What does not say that it is well within this time is not. */
const LOOK_PATIENCE_MS = 5000;

/** A store that calls need, by the name that people know it by. */
export interface WatchedStore {
  readonly name: string;
  /** Rejects, with the reason in one line, while it cannot be relied on. */
  readonly check: () => Promise<void>;
}

/**
 * Looks again and again whether stores can be relied on, so that a call is told at once, without asking anybody, and
 * nothing is sent that could not be booked.
 */
export class StoreWatch {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private found: string | undefined;

  constructor(
    private readonly stores: readonly WatchedStore[],
    /** Told when something is wrong that was not before, and with undefined when all is well again. */
    private readonly changed: (problem: string | undefined) => void,
  ) {}

  /** What was wrong at the last look, in one line; undefined when all was well. */
  get problem(): string | undefined {
    return this.found;
  }

  begin(): void {
    this.timer = setInterval(() => void this.look(), LOOK_INTERVAL_MS).unref();
  }

  /** Begins no further look. */
  end(): void {
    clearInterval(this.timer);
  }

  /** Looks now; one look at a time. Never rejects. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const over = new AbortController();
    const silent = wait(LOOK_PATIENCE_MS, 'silent', { ref: false, signal: over.signal });
    const asked = Promise.allSettled(this.stores.map(async ({ check }) => check()));
    const outcome = await Promise.race([asked, silent]);
    over.abort();
    if (outcome === 'silent') {
      this.note(`${this.stores.map(({ name }) => name).join(' or ')} does not answer`);
      // The next look waits for what was asked: a silent store is not asked over and over.
      await asked;
    }
    const failed = (await asked).find((one) => one.status === 'rejected');
    this.note(failed && (failed.reason as Error).message);
  }

  private note(problem: string | undefined): void {
    if (problem !== this.found) this.changed(problem);
    this.found = problem;
  }
}
