import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Worker } from 'node:worker_threads';
import { TokenCount, type Encoding } from '../domain/token-count.js';
import type { CountAnswer, CountQuestion } from './token-counter.worker.js';

/** Longer texts are counted up to here and the rest by its bytes: a count may be coarse, but not slow. */
const COUNTED_CHARACTERS = 256 * 1024;
const BYTES_PER_TOKEN = 4;

/** Pieces of a text nearly always have more tokens than the whole. Merging is greedy, so that they can have one less. */
const TOKENS_PER_CUT = 1;

const workerFile = new URL(import.meta.url.endsWith('.ts') ? './token-counter.worker.ts' : './token-counter.worker.js', import.meta.url);

/**
 * Counts tokens: an estimate where a provider did not count, a bound before a call is made. An encoding
 * takes a quarter of a second to load and some texts are slow, so it lives in a thread of its own, started at the first need.
 */
@Injectable()
export class TokenCounter extends TokenCount implements OnApplicationShutdown {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, (answer: CountAnswer) => void>();
  private lastId = 0;

  /** A fair estimate for every model: OpenAI's o200k encoding, and four bytes a token for what is too long to be counted. */
  async count(text: string): Promise<number> {
    if (text === '') return 0;
    const rest = Buffer.byteLength(text.slice(COUNTED_CHARACTERS));
    const { tokens } = await this.ask('o200k_base', [text.slice(0, COUNTED_CHARACTERS)]);
    return tokens + Math.ceil(rest / BYTES_PER_TOKEN);
  }

  override async atMost(encoding: Encoding, texts: readonly string[]): Promise<number> {
    const counted: string[] = [];
    let charactersLeft = COUNTED_CHARACTERS;
    let bytesBeyond = 0;
    for (const text of texts) {
      const within = charactersLeft > 0 ? text.slice(0, charactersLeft) : '';
      if (within !== '') counted.push(within);
      // One more for each text: there is an end to how many are handed to the thread, too.
      charactersLeft -= within.length + 1;
      if (within.length < text.length) bytesBeyond += Buffer.byteLength(text.slice(within.length)) + TOKENS_PER_CUT;
    }
    const { tokens, cuts } = await this.ask(encoding, counted);
    return tokens + cuts * TOKENS_PER_CUT + bytesBeyond;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask(encoding: Encoding, texts: readonly string[]): Promise<CountAnswer> {
    this.worker ??= this.start();
    const id = ++this.lastId;
    this.worker.postMessage({ id, encoding, texts } satisfies CountQuestion);
    return new Promise((resolve) => this.pending.set(id, resolve));
  }

  private start(): Worker {
    const worker = new Worker(workerFile);
    worker.unref();
    worker.on('message', (answer: CountAnswer) => {
      this.pending.get(answer.id)?.(answer);
      this.pending.delete(answer.id);
    });
    return worker;
  }
}
