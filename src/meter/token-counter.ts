import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Worker } from 'node:worker_threads';

/** Longer texts are counted up to here and the rest by its bytes: an estimate may be coarse, but not slow. */
const COUNTED_CHARACTERS = 256 * 1024;
const BYTES_PER_TOKEN = 4;

const workerFile = new URL(import.meta.url.endsWith('.ts') ? './token-counter.worker.ts' : './token-counter.worker.js', import.meta.url);

/**
 * Counts tokens where a provider did not (OpenAI's o200k encoding, a fair estimate for every model). The encoding
 * takes a quarter of a second to load and some texts are slow, so it lives in a thread of its own, started at the first need.
 */
@Injectable()
export class TokenCounter implements OnApplicationShutdown {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, (tokens: number) => void>();
  private lastId = 0;

  async count(text: string): Promise<number> {
    if (text === '') return 0;
    const rest = Buffer.byteLength(text.slice(COUNTED_CHARACTERS));
    return (await this.ask(text.slice(0, COUNTED_CHARACTERS))) + Math.ceil(rest / BYTES_PER_TOKEN);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask(text: string): Promise<number> {
    this.worker ??= this.start();
    const id = ++this.lastId;
    this.worker.postMessage({ id, text });
    return new Promise((resolve) => this.pending.set(id, resolve));
  }

  private start(): Worker {
    const worker = new Worker(workerFile);
    worker.unref();
    worker.on('message', ({ id, tokens }: { id: number; tokens: number }) => {
      this.pending.get(id)?.(tokens);
      this.pending.delete(id);
    });
    return worker;
  }
}
