/** Names a record: whose key it is, and the key as a keyed hash; the key itself is never stored. */
export interface KeyName {
  readonly account: string;
  readonly keyHash: string;
}

/** How a first request ended: with an answer that is kept, or without one, and why. */
export type KeyEndingKind = 'answered' | 'interrupted' | 'too_large' | 'erased';

/** A first request that asks for its key. */
export interface KeyClaim extends KeyName {
  /** Keyed hash of the request. */
  readonly fingerprint: string;
  readonly requestId: string;
  /** The process that runs the request. */
  readonly owner: string;
  /** Unix milliseconds. A record that has expired by now is as good as none. */
  readonly nowMs: number;
  /** Until when the owner counts as alive, Unix milliseconds; never moves back. */
  readonly leaseUntilMs: number;
  readonly expiresAtMs: number;
}

/** What stands under a key. */
export interface KeyRecord {
  readonly fingerprint: string;
  /** The first request. */
  readonly requestId: string;
  readonly state: 'running' | KeyEndingKind;
  readonly owner: string;
  /** Until when the owner counted as alive when it last said so; 0 when nothing is known of it. */
  readonly leaseUntilMs: number;
  /** Under whose key the answer is sealed; null for the gateway's own. */
  readonly customer: string | null;
  /** The sealed answer; null unless `answered`. */
  readonly answer: Uint8Array | null;
}

/** How a running record ends. */
export interface KeyEnding extends KeyName {
  readonly requestId: string;
  readonly state: KeyEndingKind;
  readonly customer: string | null;
  readonly answer: Uint8Array | null;
}

/**
 * What is known of idempotency keys; shared by all processes of an installation, and durable: every write stands on
 * disk when it resolves. Contract in `test/contracts/idempotency-store.ts`. Every method throws StoreUnavailable.
 */
export abstract class IdempotencyStore {
  /**
   * Claims a key for a request that begins, unless an unexpired record has it. Under any concurrency one claim of a key
   * wins. The claim of the same request again is the same claim.
   * @returns undefined when the key is claimed, else the record that has it
   */
  abstract claim(claim: KeyClaim): Promise<KeyRecord | undefined>;
  /** Ends the request's record while it is running; otherwise nothing happens. */
  abstract finish(ending: KeyEnding): Promise<void>;
  /** Gives the key back while the request's record is running; otherwise nothing happens. */
  abstract free(name: KeyName, requestId: string): Promise<void>;
  /** Says that an owner is alive. */
  abstract renew(owner: string, leaseUntilMs: number): Promise<void>;
  /** Deletes every record whose answer is sealed for this customer. */
  abstract dropCustomer(customer: string): Promise<void>;
  /** Deletes what has expired, at most a slice of it; gives how many records that were. */
  abstract sweep(nowMs: number): Promise<number>;
  /**
   * Lets no record expire, and no owner count as alive, later than these moments (Unix milliseconds): what is dated
   * later was written while a clock was ahead, and would stay for as long as it was.
   */
  abstract dateBack(latestExpiryMs: number, latestLeaseMs: number): Promise<void>;

  /**
   * Rejects, with the reason in one line, while the store cannot be relied on; an engine that knows nothing of itself
   * is.
   */
  check(): Promise<void> {
    return Promise.resolve();
  }

  /** Waits for what is under way. */
  abstract close(): Promise<void>;
}
