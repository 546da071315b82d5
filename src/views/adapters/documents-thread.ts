import { Worker } from 'node:worker_threads';
import type { DocumentsAnswer, DocumentsQuestion, DocumentsSettings } from './sqlite-documents.worker.js';

interface Open {
  readonly resolve: (answer: DocumentsAnswer) => void;
  readonly reject: (error: Error) => void;
}

const module = new URL(import.meta.url.endsWith('.ts') ? './sqlite-documents.worker.ts' : './sqlite-documents.worker.js', import.meta.url);

/**
 * Questions to the thread that owns the documents' file. They are answered in the order they were asked. An open
 * question keeps the process alive, an idle thread does not; once the thread is lost every question fails.
 */
export class DocumentsThread {
  private readonly worker: Worker;
  private readonly open = new Map<number, Open>();
  private lastNumber = 0;
  private lostTo: Error | undefined;

  constructor(settings: DocumentsSettings) {
    this.worker = new Worker(module, { workerData: settings });
    this.worker.on('message', ([number, answer, failure]: [number, DocumentsAnswer, string?]) => {
      const question = this.open.get(number);
      this.open.delete(number);
      if (this.open.size === 0) this.worker.unref();
      if (failure === undefined) question?.resolve(answer);
      else question?.reject(new Error(failure));
    });
    this.worker.on('error', (error) => this.lose(error));
    this.worker.on('exit', () => this.lose(new Error('the thread has ended')));
    this.worker.unref();
  }

  /** Rejects when the question cannot be answered, for whatever reason. */
  ask(question: DocumentsQuestion): Promise<DocumentsAnswer> {
    return this.post(question);
  }

  /** Lets the thread finish what it was asked, close its file and end. */
  async close(): Promise<void> {
    if (this.lostTo) return;
    await this.post(null);
    await this.worker.terminate();
  }

  private post(question: DocumentsQuestion | null): Promise<DocumentsAnswer> {
    if (this.lostTo) return Promise.reject(new Error('the document store is closed', { cause: this.lostTo }));
    return new Promise((resolve, reject) => {
      const number = ++this.lastNumber;
      if (this.open.size === 0) this.worker.ref();
      this.open.set(number, { resolve, reject });
      this.worker.postMessage([number, question]);
    });
  }

  private lose(cause: unknown): void {
    this.lostTo ??= cause instanceof Error ? cause : new Error(String(cause));
    for (const { reject } of this.open.values()) reject(this.lostTo);
    this.open.clear();
  }
}
