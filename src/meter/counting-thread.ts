import { Worker } from 'node:worker_threads';
import type { CountAnswer, CountQuestion } from './token-counter.worker.js';

/** The longest text takes half a second at worst, and the first question loads a table; what takes longer hangs. */
const LONGEST_COUNT_MS = 10_000;

const countingModule = new URL(
  import.meta.url.endsWith('.ts') ? './token-counter.worker.ts' : './token-counter.worker.js',
  import.meta.url,
);

/** The question that is being answered. */
interface Asked {
  readonly resolve: (answer: CountAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly overdue: NodeJS.Timeout;
}

/**
 * The thread that counts: started at the first question, asked one question at a time, and ended when an answer takes
 * too long. A thread that cannot start, fails or is ended fails its question and nothing else; the next one starts
 * another. It does not keep the process alive.
 */
export class CountingThread {
  private worker: Worker | undefined;
  private asked: Asked | undefined;

  constructor(
    private readonly module = countingModule,
    private readonly limitMs = LONGEST_COUNT_MS,
  ) {}

  /** Asks; not before the question before has been answered. Rejects when there will be no answer. */
  count(question: CountQuestion): Promise<CountAnswer> {
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(
        () => this.lose(this.worker, new Error('counting tokens takes too long')),
        this.limitMs,
      );
      this.asked = { resolve, reject, overdue };
      try {
        this.worker ??= this.start();
        this.worker.postMessage(question);
      } catch (error) {
        this.lose(this.worker, error as Error);
      }
    });
  }

  /** Ends the thread; an open question is rejected. */
  async close(): Promise<void> {
    const { worker } = this;
    this.lose(worker, new Error('the thread that counts tokens was ended'));
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.module);
    worker.unref();
    worker.on('message', (answer: CountAnswer) => this.end(worker)?.resolve(answer));
    worker.on('error', (error) => this.lose(worker, error as Error));
    worker.on('messageerror', (error) => this.lose(worker, error));
    worker.on('exit', () => this.lose(worker, new Error('the thread that counts tokens has ended')));
    return worker;
  }

  private lose(worker: Worker | undefined, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    void worker?.terminate();
    this.end(undefined)?.reject(error);
  }

  /** The open question, which is over with this. */
  private end(worker: Worker | undefined): Asked | undefined {
    if (this.worker !== worker) return undefined;
    const { asked } = this;
    this.asked = undefined;
    clearTimeout(asked?.overdue);
    return asked;
  }
}
