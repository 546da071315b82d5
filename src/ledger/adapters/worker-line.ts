import { Worker } from 'node:worker_threads';

interface Unanswered<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly overdue: NodeJS.Timeout;
}

/** What a worker sends: the number of the question and its answer, or the reason why there is none; number 0 is a notice nobody asked for. */
export type WorkerMessage<Answer> = readonly [number: number, answer: Answer, failure?: string];

/** How a line's worker is started and watched. */
export interface WorkerLineOptions<Answer> {
  /** The worker's module. */
  readonly module: URL;
  /** Handed to the worker as `workerData`. */
  readonly settings: unknown;
  /** A question that is not answered within this time is lost, and the worker with it. */
  readonly answerTimeoutMs: number;
  readonly onNotice?: (notice: Answer) => void;
  /** Called after the worker died or was given up and its questions were rejected. */
  readonly onLost?: () => void;
}

/**
 * Questions and answers between this thread and a worker. The worker starts with the first question; when it dies or
 * stays silent all open questions are rejected, and the next one starts a new worker. An idle worker does not keep the
 * process alive, an open question does.
 */
export class WorkerLine<Question, Answer> {
  private worker: Worker | undefined;
  private readonly unanswered = new Map<number, Unanswered<Answer>>();
  private lastNumber = 0;

  constructor(private readonly options: WorkerLineOptions<Answer>) {}

  /** Rejects with an Error when the worker fails to answer, for whatever reason. */
  ask(question: Question): Promise<Answer> {
    return this.post(question);
  }

  /** Lets the worker finish what it was asked and end; without a worker there is nothing to do. */
  async close(): Promise<void> {
    const worker = this.worker;
    if (!worker) return;
    await this.post(null).catch(() => undefined);
    this.worker = undefined;
    await worker.terminate();
  }

  /** `null` asks the worker to close its files. */
  private post(question: Question | null): Promise<Answer> {
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      const number = ++this.lastNumber;
      const { answerTimeoutMs } = this.options;
      const overdue = setTimeout(() => this.lose(worker, new Error(`no answer within ${answerTimeoutMs} ms`)), answerTimeoutMs);
      this.unanswered.set(number, { resolve, reject, overdue });
      worker.postMessage([number, question]);
    });
  }

  private start(): Worker {
    const worker = new Worker(this.options.module, { workerData: this.options.settings });
    worker.on('message', (message: WorkerMessage<Answer>) => this.receive(message));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', (code) => this.lose(worker, new Error(`the worker ended with code ${code}`)));
    worker.unref();
    return worker;
  }

  private receive([number, answer, failure]: WorkerMessage<Answer>): void {
    if (number === 0) return this.options.onNotice?.(answer);
    const question = this.unanswered.get(number);
    if (!question) return;
    this.unanswered.delete(number);
    clearTimeout(question.overdue);
    if (failure === undefined) question.resolve(answer);
    else question.reject(new Error(failure));
  }

  private lose(worker: Worker, cause: unknown): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    void worker.terminate();
    const lost = [...this.unanswered.values()];
    this.unanswered.clear();
    for (const { reject, overdue } of lost) {
      clearTimeout(overdue);
      reject(cause instanceof Error ? cause : new Error(String(cause)));
    }
    this.options.onLost?.();
  }
}
