import { Worker } from 'node:worker_threads';
import type { AnswerText } from './schema-check.js';
import type { SchemaAnswer, SchemaQuestion } from './schema-check.worker.js';

type Found = SchemaAnswer['found'];

interface Open {
  readonly resolve: (found: Found) => void;
  readonly reject: (error: Error) => void;
}

/** A question takes three seconds at most; who would wait behind so many is better told at once. */
const MOST_WAITING = 20;

const module = new URL(import.meta.url.endsWith('.ts') ? './schema-check.worker.ts' : './schema-check.worker.js', import.meta.url);

/**
 * Asks the schemas' thread, which starts with the first question. When it dies all that is open is rejected, and the next
 * question starts another. It does not keep the process alive.
 */
export class SchemaThread {
  private worker: Worker | undefined;
  private readonly open = new Map<number, Open>();
  private lastId = 0;

  constructor(private readonly mostWaiting = MOST_WAITING) {}

  /** Compiles a schema and checks answers, which may be none. Rejects when too many wait already, and when the thread is lost. */
  ask(schema: string, answers: readonly AnswerText[]): Promise<Found> {
    if (this.open.size >= this.mostWaiting) return Promise.reject(new Error('too many schemas wait to be checked'));
    const worker = (this.worker ??= this.start());
    const id = ++this.lastId;
    worker.postMessage({ id, schema, answers } satisfies SchemaQuestion);
    return new Promise((resolve, reject) => this.open.set(id, { resolve, reject }));
  }

  /** Ends the thread; what is open is rejected. */
  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(module);
    worker.unref();
    worker.on('message', ({ id, found }: SchemaAnswer) => {
      this.open.get(id)?.resolve(found);
      this.open.delete(id);
    });
    worker.on('error', (error) => this.lose(worker, error as Error));
    worker.on('exit', () => this.lose(worker, new Error('the thread of schemas has ended')));
    return worker;
  }

  private lose(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject } of this.open.values()) reject(error);
    this.open.clear();
  }
}
