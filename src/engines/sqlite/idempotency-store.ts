import { StoreUnavailable } from '../../domain/store-unavailable.js';
import { DatabaseLine } from './database-line.js';
import { workerBeside } from './worker-line.js';
import type { FileSettings } from './file-questions.js';
import {
  IdempotencyStore,
  type KeyClaim,
  type KeyEnding,
  type KeyName,
  type KeyRecord,
} from '../../idempotency/idempotency-store.js';
import { GroupCommit } from '../group-commit.js';
import type { WorkAnswer, WorkQuestion } from './idempotency-store.worker.js';

/** Kept answers may be large, and a group of them is copied to the thread at once. */
const QUESTIONS_PER_COMMIT = 256;

/** So many records go in one commit that nobody has to wait long behind it. */
const RECORDS_PER_SWEEP = 200;

/**
 * The embedded store of idempotency keys: a SQLite file of its own, written by a thread of its own. Questions that come
 * while a commit is under way wait and go together in the next one.
 */
export class SqliteIdempotencyStore extends IdempotencyStore {
  private readonly line: DatabaseLine<FileSettings, readonly WorkQuestion[], readonly WorkAnswer[]>;
  private readonly questions = new GroupCommit<WorkQuestion, WorkAnswer>(
    (group) => this.commit(group),
    QUESTIONS_PER_COMMIT,
  );
  private closed = false;

  private constructor(file: string, busyTimeoutMs: number, answerTimeoutMs: number) {
    super();
    this.line = new DatabaseLine({
      module: workerBeside(import.meta.url),
      settings: { file, busyTimeoutMs },
      answerTimeoutMs,
    });
  }

  /**
   * Opens a file, making it when it is missing.
   * @param options how long to wait while another process writes, and after which time a silent thread is given up
   * @throws StoreUnavailable when it cannot be opened
   */
  static async open(
    file: string,
    options: { readonly busyTimeoutMs?: number; readonly answerTimeoutMs?: number } = {},
  ): Promise<SqliteIdempotencyStore> {
    const { busyTimeoutMs = 5000, answerTimeoutMs = 10_000 } = options;
    const store = new SqliteIdempotencyStore(file, busyTimeoutMs, answerTimeoutMs);
    await store.line.open().catch((error: unknown) => {
      throw new StoreUnavailable('the store of idempotency keys', error);
    });
    return store;
  }

  async claim(claim: KeyClaim): Promise<KeyRecord | undefined> {
    return (await this.request({ claim })) as KeyRecord | undefined;
  }

  async finish(ending: KeyEnding): Promise<void> {
    // A Buffer may be a view of a large pool, which would be copied to the thread as a whole.
    await this.request({ finish: { ...ending, answer: ending.answer && new Uint8Array(ending.answer) } });
  }

  async free({ account, keyHash }: KeyName, requestId: string): Promise<void> {
    await this.request({ free: { account, keyHash, requestId } });
  }

  async renew(owner: string, leaseUntilMs: number): Promise<void> {
    await this.request({ renew: { owner, leaseUntilMs } });
  }

  async dropCustomer(customer: string): Promise<void> {
    await this.request({ dropCustomer: customer });
  }

  async sweep(nowMs: number): Promise<number> {
    return (await this.request({ sweep: { nowMs, limit: RECORDS_PER_SWEEP } })) as number;
  }

  async dateBack(latestExpiryMs: number, latestLeaseMs: number): Promise<void> {
    await this.request({ dateBack: { latestExpiryMs, latestLeaseMs } });
  }

  override check(): Promise<void> {
    return this.line.check();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.questions.idle();
    await this.line.close();
  }

  private request(question: WorkQuestion): Promise<WorkAnswer> {
    if (this.closed)
      return Promise.reject(new StoreUnavailable('the store of idempotency keys', new Error('the store is closed')));
    return this.questions.add(question);
  }

  private async commit(group: readonly WorkQuestion[]): Promise<readonly WorkAnswer[]> {
    try {
      return await this.line.request(group);
    } catch (error) {
      throw new StoreUnavailable('the store of idempotency keys', error);
    }
  }
}
