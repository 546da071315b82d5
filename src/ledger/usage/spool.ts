import type { SpooledUsage } from './spooled-usage.js';

/**
 * Space that is kept free for the usage of one attempt at a call. Whoever took it gives it back once that is booked or
 * put.
 */
export interface SpoolReservation {
  /** Doing it twice is doing it once. */
  release(): void;
}

const BOUNDLESS: SpoolReservation = { release: () => undefined };

/**
 * Keeps measured usage on this machine's own disk while the book cannot be written. Contract
 * (`test/ledger/spool.spec.ts`):
 * - what was put is durable when `put` resolves, and survives the death of the process at any moment;
 * - it is given back in the order it was put, until it is removed; a process that dies leaves it to another one;
 * - at most one living process has an entry. One that was removed may come back after a crash, so whoever books it
 *   looks first.
 */
export abstract class Spool {
  /**
   * Gets ready to be written to, and takes over what processes that are dead by now left behind. To be called before
   * anything else; called again, it takes over what was left since.
   * @throws ConfigError when the spool cannot be written, or holds something that cannot be read
   */
  abstract open(): Promise<void>;
  /** How many entries are in it, including those that are only being put. */
  abstract get size(): number;
  /** The oldest entry that is durable; undefined when there is none. */
  abstract first(): SpooledUsage | undefined;
  /**
   * Keeps space free for what an attempt at a call may have to put, whatever happens to the disk; a spool that cannot
   * fill up has it. Rejects, or throws, when there is none.
   * @param bytes as `spoolBytesOf` says
   */
  reserve(_bytes: number): SpoolReservation | Promise<SpoolReservation> {
    return BOUNDLESS;
  }

  /** Rejects, with the reason in one line, while it cannot be relied on to take what calls will need. */
  check(): Promise<void> {
    return Promise.resolve();
  }

  /** Durable when it resolves. Rejects when the disk does not take it; then nothing was put. */
  abstract put(entry: SpooledUsage): Promise<void>;
  /** Forgets the oldest entry, which is booked; what it lay in is emptied once nothing else is in there. */
  abstract removeFirst(): Promise<void>;
  /** Waits for what is under way, then lets go of the files; entries that are left are for the next process. */
  abstract close(): Promise<void>;
}
