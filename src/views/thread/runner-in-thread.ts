import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { LedgerEvent } from '../../domain/events/index.js';
import type { Position } from '../../ledger/journal/event-store.js';
import { ProjectionRunner, READ_PATIENCE_MS, type Reached } from '../runner.js';
import type { FromViews, ToViews, ViewsQuestion } from './thread-messages.js';

/** Pauses before a thread that died has a successor: the first, and the longest, as each is twice the one before. */
const RESTART_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

/**
 * The events of half a second are short-lived, so little room for what is new suffices; the flag that `npm start` gives
 * Node would take 48 MB more.
 */
const MEMORY = { maxYoungGenerationSizeMb: 16 };

/** How long the thread may take to write the last of what it has folded. */
const STOP_PATIENCE_MS = 10_000;

/**
 * The runner of the views in a thread of its own, seen from the main thread. A thread that dies is followed by another,
 * which goes on where the stored views stand.
 */
export class RunnerInThread extends ProjectionRunner {
  private readonly logger = new Logger('Views');
  private readonly answers = new Map<number, (isReached: boolean) => void>();
  private worker: Worker | undefined;
  private ended: Promise<unknown> = Promise.resolve();
  private lastNumber = 0;
  private pauseMs = RESTART_PAUSE_MS;
  private restart: NodeJS.Timeout | undefined;
  private isStopping = false;
  private reachedPosition: Position = 0;
  private standsStill: Error | undefined;

  /**
   * @param module the thread's module, which calls `serveRunner`
   * @param settings what that is given as `workerData`
   */
  constructor(
    private readonly module: URL,
    private readonly settings: unknown,
  ) {
    super();
  }

  override get position(): Position {
    return this.reachedPosition;
  }

  override get failure(): Error | undefined {
    return this.standsStill;
  }

  override async start(): Promise<void> {
    const worker = new Worker(this.module, { workerData: this.settings, resourceLimits: MEMORY });
    this.worker = worker;
    this.ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', (message: FromViews) => this.hear(message));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', (code) => this.lose(worker, new Error(`it ended with code ${code}`)));
    worker.unref();
  }

  override async stop(): Promise<void> {
    if (this.isStopping) return void (await this.ended);
    this.isStopping = true;
    clearTimeout(this.restart);
    const { worker } = this;
    if (!worker) return;
    // An open stop keeps the process alive, an idle thread does not.
    worker.ref();
    this.tell('stop');
    const impatient = setTimeout(() => void worker.terminate(), STOP_PATIENCE_MS);
    await this.ended;
    clearTimeout(impatient);
  }

  override reached(position: Position, timeoutMs: number, of: Reached = 'stored'): Promise<boolean> {
    if (this.reachedPosition >= position) return Promise.resolve(true);
    return this.ask({ reached: position, timeoutMs, of }, timeoutMs);
  }

  override catchUp(): Promise<boolean> {
    return this.ask({ catchUp: true }, READ_PATIENCE_MS);
  }

  override catchUpOn(types: readonly LedgerEvent['type'][]): Promise<boolean> {
    return this.ask({ catchUpOn: types }, READ_PATIENCE_MS);
  }

  /** A thread that does not answer in time, or that is gone, has not come so far. */
  private ask(question: ViewsQuestion, timeoutMs: number): Promise<boolean> {
    if (!this.worker || this.isStopping) return Promise.resolve(false);
    const number = ++this.lastNumber;
    return new Promise((resolve) => {
      const answered = (isReached: boolean) => {
        clearTimeout(overdue);
        this.answers.delete(number);
        resolve(isReached);
      };
      const overdue = setTimeout(() => answered(false), timeoutMs);
      this.answers.set(number, answered);
      this.tell([number, question]);
    });
  }

  private tell(message: ToViews): void {
    this.worker?.postMessage(message);
  }

  private hear(message: FromViews): void {
    if ('answerTo' in message) return this.answers.get(message.answerTo)?.(message.isReached);
    if ('log' in message) return this.logger[message.log](message.message);
    this.pauseMs = RESTART_PAUSE_MS;
    this.reachedPosition = message.position;
    this.standsStill = message.failure === undefined ? undefined : new Error(message.failure);
  }

  /** A successor opens the files only once this thread is gone, since it may be within a system call. */
  private lose(worker: Worker, cause: unknown): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    for (const answered of this.answers.values()) answered(false);
    if (this.isStopping) return;
    const { pauseMs } = this;
    this.standsStill = new Error(`the thread of the views has ended: ${(cause as Error).message ?? String(cause)}`);
    this.logger.error(`${this.standsStill.message}; another one starts in ${pauseMs} ms`);
    this.pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    void this.ended.then(() => {
      if (!this.isStopping) this.restart = setTimeout(() => void this.start(), pauseMs);
    });
  }
}
