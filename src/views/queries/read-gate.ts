import { RingsideError } from '../../domain/errors.js';

/** How many reads may be under way. */
export interface ReadLimits {
  /** Of one account at once. */
  readonly atOnce: number;
  /** Of all accounts together at once. */
  readonly inAll: number;
  /** Of one account that wait for their turn. */
  readonly waiting: number;
  /** How long each of them waits at most. */
  readonly waitMs: number;
}

/** How long a refused reader should wait before asking again. */
const RETRY_AFTER_MS = 1000;

interface QueuedRead {
  readonly account: string;
  readonly begin: () => void;
}

/** Lets a bounded number of reads run, each account's in the order they came. */
export class ReadGate {
  private readonly running = new Map<string, number>();
  private runningInAll = 0;
  private waiting: QueuedRead[] = [];

  constructor(private readonly limits: ReadLimits) {}

  /**
   * Runs the work when it is its turn. Rejects with the signal's reason when that fires while it waits.
   * @throws RingsideError `rate_limited` when too many of the account wait already, or its turn does not come in time
   */
  async run<Result>(account: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.enter(account, signal);
    try {
      return await work();
    } finally {
      this.leave(account);
    }
  }

  private enter(account: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.hasRoom(account)) {
      this.begin(account);
      return Promise.resolve();
    }
    if (this.waiting.filter((one) => one.account === account).length >= this.limits.waiting) throw busy();
    return new Promise((resolve, reject) => {
      const giveUp = (reason: unknown) => {
        this.waiting = this.waiting.filter((one) => one !== waiting);
        end();
        reject(reason as Error);
      };
      const leave = () => giveUp(signal.reason);
      const overdue = setTimeout(() => giveUp(busy()), this.limits.waitMs);
      const end = () => {
        clearTimeout(overdue);
        signal.removeEventListener('abort', leave);
      };
      const waiting: QueuedRead = {
        account,
        begin: () => {
          end();
          this.begin(account);
          resolve();
        },
      };
      signal.addEventListener('abort', leave);
      this.waiting.push(waiting);
    });
  }

  private hasRoom(account: string): boolean {
    return this.runningInAll < this.limits.inAll && (this.running.get(account) ?? 0) < this.limits.atOnce;
  }

  private begin(account: string): void {
    this.runningInAll++;
    this.running.set(account, (this.running.get(account) ?? 0) + 1);
  }

  private leave(account: string): void {
    this.runningInAll--;
    const left = this.running.get(account)! - 1;
    if (left > 0) this.running.set(account, left);
    else this.running.delete(account);
    this.waiting = this.waiting.filter((next) => {
      if (!this.hasRoom(next.account)) return true;
      next.begin();
      return false;
    });
  }
}

function busy(): RingsideError {
  return new RingsideError('rate_limited', 'too many reads of this kind are under way; ask again when one has ended', {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
