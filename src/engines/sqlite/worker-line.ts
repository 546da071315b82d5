import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { TimeLimit } from '../../config/time-limit.js';

interface Unanswered<Answer> {
  readonly worker: Worker;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * What a worker sends: the number of the question and its answer, or the reason why there is none, with SQLite's result
 * code where it is SQLite's reason; number 0 is a notice nobody asked for.
 */
export type WorkerMessage<Answer> = readonly [number: number, answer: Answer, failure?: string, code?: number];

/**
 * The module of a store's worker, which stands beside the store's own: `x.worker.js` beside `x.js`. Under a test runner
 * both are TypeScript.
 */
export function workerBeside(moduleUrl: string): URL {
  return new URL(moduleUrl.replace(/\.(ts|js)$/, '.worker.$1'));
}

/** How a line's worker is started and watched. */
export interface WorkerLineOptions<Answer> {
  /** The worker's module. */
  readonly module: URL;
  /** Handed to each worker as `workerData`, as it is when the worker starts. */
  readonly settings: unknown;
  /** A question that is not answered within this time is lost, and the worker with it. */
  readonly answerTimeoutMs: number;
  readonly onNotice?: (notice: Answer) => void;
  /** Called after the worker died or was given up and its questions were rejected. */
  readonly onLost?: () => void;
}

/** The worker answered that it cannot do what was asked; `code` is SQLite's result code, if SQLite said so. */
export class WorkerRefusal extends Error {
  override readonly name = 'WorkerRefusal';

  constructor(
    message: string,
    readonly code: number | undefined,
  ) {
    super(message);
  }
}

/**
 * How long a question waits for a worker that was given up to be gone. One that sleeps in the disk may take far longer.
 */
const PATIENCE_MS = 1000;

/**
 * Pause before the successor of a worker that never answered anything, so that one that cannot start does not keep a
 * core busy.
 */
const RESTART_PAUSE_MS = 200;

/**
 * Questions and answers between this thread and a worker. The worker starts with the first question. When it dies or
 * stays silent all open questions are rejected and the next one starts a new worker, but never before the old one is
 * gone: two threads with connections to one file could lose its locks. A thread that sleeps in a system call ends only
 * after that; until then questions are refused. An idle worker does not keep the process alive, an open question does.
 */
export class WorkerLine<Question, Answer> {
  private worker: Worker | undefined;
  /** Resolves when the present worker's thread has ended and has let go of its files. */
  private gone: Promise<unknown> = Promise.resolve();
  /** There while a worker that was given up is not gone yet: resolves when it is, or when patience is over. */
  private ending: Promise<unknown> | undefined;
  private hasAnswered = false;
  private readonly unanswered = new Map<number, Unanswered<Answer>>();
  private readonly timeLimit: TimeLimit<Unanswered<Answer>>;
  private lastNumber = 0;

  constructor(private readonly options: WorkerLineOptions<Answer>) {
    const { answerTimeoutMs } = options;
    this.timeLimit = new TimeLimit(answerTimeoutMs, ({ worker }) =>
      this.lose(worker, new Error(`no answer within ${answerTimeoutMs} ms`)),
    );
  }

  /** Rejects with an Error when the worker fails to answer, for whatever reason. */
  request(question: Question): Promise<Answer> {
    return this.ending ? this.requestSuccessor(question) : this.post(question);
  }

  /** Lets the worker finish what it was asked and end; without a worker there is nothing to do. */
  async close(): Promise<void> {
    const { worker } = this;
    await this.ending;
    if (!worker) return;
    await this.post(null).catch(() => undefined);
    this.worker = undefined;
    const done = new AbortController();
    await Promise.race([worker.terminate(), wait(PATIENCE_MS, undefined, { signal: done.signal })]);
    done.abort();
  }

  private async requestSuccessor(question: Question): Promise<Answer> {
    await this.ending;
    if (this.ending) throw new Error('the thread that was given up still waits for the disk');
    return this.post(question);
  }

  /** `null` asks the worker to close its files. */
  private post(question: Question | null): Promise<Answer> {
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      const number = ++this.lastNumber;
      const unanswered = { worker, resolve, reject };
      this.unanswered.set(number, unanswered);
      this.timeLimit.begin(unanswered);
      worker.postMessage([number, question]);
    });
  }

  private start(): Worker {
    const worker = new Worker(this.options.module, { workerData: this.options.settings });
    this.hasAnswered = false;
    this.gone = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', (message: WorkerMessage<Answer>) => this.receive(message));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', (code) => this.lose(worker, new Error(`the worker ended with code ${code}`)));
    worker.unref();
    return worker;
  }

  private receive([number, answer, failure, code]: WorkerMessage<Answer>): void {
    this.hasAnswered = true;
    if (number === 0) return this.options.onNotice?.(answer);
    const question = this.unanswered.get(number);
    if (!question) return;
    this.unanswered.delete(number);
    this.timeLimit.end(question);
    if (failure === undefined) question.resolve(answer);
    else question.reject(new WorkerRefusal(failure, code));
  }

  private lose(worker: Worker, cause: unknown): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    const gone = this.hasAnswered ? this.gone : this.gone.then(() => wait(RESTART_PAUSE_MS));
    const over = gone.then(() => (this.ending = undefined));
    this.ending = Promise.race([over, wait(PATIENCE_MS)]);
    void worker.terminate();
    const lost = [...this.unanswered.values()];
    this.unanswered.clear();
    for (const question of lost) {
      this.timeLimit.end(question);
      question.reject(asError(cause));
    }
    this.options.onLost?.();
  }
}

/** What a worker threw comes as a copy, which need not be an Error here. */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const { message, errcode } = (thrown ?? {}) as { message?: string; errcode?: number };
  return Object.assign(new Error(message ?? String(thrown)), { errcode });
}
