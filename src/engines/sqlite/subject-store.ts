import { StoreUnavailable } from '../../domain/store-unavailable.js';
import { DatabaseLine } from './database-line.js';
import { workerBeside } from './worker-line.js';
import type { FileSettings } from './file-questions.js';
import { SubjectStore, type Subject } from '../../ledger/keys/subject-store.js';
import { GroupCommit } from '../group-commit.js';
import type { SubjectAnswer, SubjectQuestion } from './subject-store.worker.js';

const ENROLMENTS_PER_COMMIT = 1000;

/** The embedded subject store: a SQLite file of its own, apart from the log, written by a thread of its own. */
export class SqliteSubjectStore extends SubjectStore {
  private readonly line: DatabaseLine<FileSettings, SubjectQuestion, SubjectAnswer>;
  private readonly enrolments = new GroupCommit<Subject, Subject>((group) => this.commit(group), ENROLMENTS_PER_COMMIT);
  private closed = false;

  private constructor(settings: FileSettings, answerTimeoutMs: number) {
    super();
    this.line = new DatabaseLine({
      module: workerBeside(import.meta.url),
      settings,
      answerTimeoutMs,
    });
  }

  /**
   * Opens a file of subjects, making it when it is missing.
   * @param options as for the event store
   * @throws StoreUnavailable when it cannot be opened
   */
  static async open(
    file: string,
    options: { readonly busyTimeoutMs?: number; readonly answerTimeoutMs?: number; readonly readOnly?: boolean } = {},
  ): Promise<SqliteSubjectStore> {
    const { busyTimeoutMs = 5000, answerTimeoutMs = 10_000, readOnly = false } = options;
    const store = new SqliteSubjectStore({ file, busyTimeoutMs, readOnly }, answerTimeoutMs);
    await store.line.open().catch((error: unknown) => {
      throw new StoreUnavailable('the store of customers', error);
    });
    return store;
  }

  async enrol(candidate: Subject): Promise<Subject> {
    if (this.closed) throw new StoreUnavailable('the store of customers', new Error('the subject store is closed'));
    return this.enrolments.add(candidate);
  }

  async byExternalId(account: string, externalIdHash: string): Promise<Subject | undefined> {
    return (await this.request({ byExternalId: { account, externalIdHash } }))[0];
  }

  async byCustomer(customer: string): Promise<Subject | undefined> {
    return (await this.request({ byCustomer: customer }))[0];
  }

  async destroy(customer: string): Promise<void> {
    await this.request({ destroy: customer });
  }

  override check(): Promise<void> {
    return this.line.check();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.enrolments.idle();
    await this.line.close();
  }

  private async commit(group: readonly Subject[]): Promise<(Subject | Error)[]> {
    // A Buffer may be a view of a large pool, which would be copied to the worker as a whole.
    const stored = await this.request({
      enrol: group.map((subject) => ({ ...subject, wrappedKey: new Uint8Array(subject.wrappedKey) })),
    });
    return stored.map(
      (subject, index) => subject ?? new Error(`${group[index]!.customer} is enrolled for somebody else`),
    );
  }

  private async request(question: SubjectQuestion): Promise<SubjectAnswer> {
    if (this.closed && !('enrol' in question))
      throw new StoreUnavailable('the store of customers', new Error('the subject store is closed'));
    try {
      return await this.line.request(question);
    } catch (error) {
      throw new StoreUnavailable('the store of customers', error);
    }
  }
}
