import { Worker } from 'node:worker_threads';
import type { WorkAnswer, WorkFileSettings, WorkQuestion } from './sqlite-idempotency.worker.js';

interface Open {
  readonly resolve: (answers: readonly WorkAnswer[]) => void;
  readonly reject: (error: Error) => void;
  readonly overdue: NodeJS.Timeout;
}

const module = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-idempotency.worker.ts' : './sqlite-idempotency.worker.js',
  import.meta.url,
);

/**
 * Groups of questions to the thread that owns the file. It starts with the first group; when it dies or stays silent all open
 * groups are rejected, and the next one starts a new thread. An idle thread does not keep the process alive, an open group does.
 */
export class WorkThread {
  private worker: Worker | undefined;
  private readonly open = new Map<number, Open>();
  private lastNumber = 0;

  constructor(
    private readonly settings: WorkFileSettings,
    /** A group that is not answered within this time is lost, and the thread with it. */
    private readonly answerTimeoutMs: number,
  ) {}

  /** Gives one answer for each question. Rejects when nothing is known about any of them. */
  ask(questions: readonly WorkQuestion[]): Promise<readonly WorkAnswer[]> {
    return this.post(questions);
  }

  /** Lets the thread finish what it was asked, close its file and end. */
  async close(): Promise<void> {
    const { worker } = this;
    if (!worker) return;
    await this.post(null).catch(() => undefined);
    this.worker = undefined;
    await worker.terminate();
  }

  private post(questions: readonly WorkQuestion[] | null): Promise<readonly WorkAnswer[]> {
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      const number = ++this.lastNumber;
      const { answerTimeoutMs } = this;
      const overdue = setTimeout(() => this.lose(worker, new Error(`no answer within ${answerTimeoutMs} ms`)), answerTimeoutMs);
      this.open.set(number, { resolve, reject, overdue });
      worker.postMessage([number, questions]);
    });
  }

  private start(): Worker {
    const worker = new Worker(module, { workerData: this.settings });
    worker.on('message', ([number, answers, failure]: [number, readonly WorkAnswer[], string?]) => {
      const group = this.open.get(number);
      if (!group) return;
      this.open.delete(number);
      clearTimeout(group.overdue);
      if (failure === undefined) group.resolve(answers);
      else group.reject(new Error(failure));
    });
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', (code) => this.lose(worker, new Error(`the thread ended with code ${code}`)));
    worker.unref();
    return worker;
  }

  private lose(worker: Worker, cause: unknown): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    void worker.terminate();
    const lost = [...this.open.values()];
    this.open.clear();
    for (const { reject, overdue } of lost) {
      clearTimeout(overdue);
      reject(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }
}
