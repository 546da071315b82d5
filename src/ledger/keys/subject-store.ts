/** What is known about a customer apart from the log: its key, wrapped by the master key, and who it stands for. */
export interface Subject {
  readonly customer: string;
  readonly account: string;
  /** Keyed hash of (account, external id), hex; null for an unattributed customer. Never the id itself. */
  readonly externalIdHash: string | null;
  /** The customer's AES-256 key, encrypted under the master key. */
  readonly wrappedKey: Uint8Array;
}

/**
 * Customers' keys and the index from external id to customer. Mutable and apart from the log, since an
 * erasure must be able to destroy what stands here. Contract in `test/contracts/subject-store.ts`.
 */
export abstract class SubjectStore {
  /**
   * Stores the subject unless one with the same (account, externalIdHash) exists, or, without an external id, one of
   * the same customer; durable when it resolves.
   * @returns the subject that is stored now: under any concurrency all callers get the same one.
   * @throws StoreUnavailable, as the look-ups do, when the store does not answer; enrolling again is safe
   */
  abstract enrol(candidate: Subject): Promise<Subject>;
  abstract byExternalId(account: string, externalIdHash: string): Promise<Subject | undefined>;
  abstract byCustomer(customer: string): Promise<Subject | undefined>;
  /** Removes a subject and overwrites its key; durable when it resolves. There may be none. */
  abstract destroy(customer: string): Promise<void>;
  /**
   * Rejects, with the reason in one line, while the store cannot be relied on; an engine that knows nothing of itself
   * is.
   */
  check(): Promise<void> {
    return Promise.resolve();
  }

  abstract close(): Promise<void>;
}
