import { Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { FairQueue } from '../domain/fair-queue.js';
import { TokenCount, type CountedFor, type Encoding } from '../domain/call/token-count.js';
import { CountingThread } from './counting-thread.js';
import type { CountAnswer } from './token-counter.worker.js';

/** Longer texts are counted up to here and the rest by its bytes: a count may be coarse, but not slow. */
const COUNTED_CHARACTERS = 256 * 1024;

/** What is counted by its bytes has a token for so many of them. */
export const BYTES_PER_TOKEN = 4;

/**
 * Pieces of a text nearly always have more tokens than the whole. Merging is greedy, so that they can have one less.
 */
const TOKENS_PER_CUT = 1;

/**
 * How many characters of an account may wait to be counted. A call that is not sent yet waits for them, so that these
 * are less than a second; a record of what was used can wait longer, and had better be right.
 */
const MOST_BEFORE_A_CALL = 2 * 1024 * 1024;
const MOST_AFTER_A_CALL = 32 * 1024 * 1024;

/** Texts that wait for the thread. */
interface QueuedCount {
  readonly encoding: Encoding;
  readonly texts: readonly string[];
  readonly characters: number;
  readonly finish: (answer: CountAnswer | undefined) => void;
}

/**
 * Counts tokens: an estimate where a provider did not count, a bound before a call is made. An encoding takes a quarter
 * of a second to load and some texts are slow, so it lives in a thread of its own, started at the first need. Accounts
 * take turns there. Nothing here fails: what cannot be counted is bounded by its bytes, since every token is at least
 * one.
 */
@Injectable()
export class TokenCounter extends TokenCount implements OnApplicationShutdown {
  private readonly thread: CountingThread;
  private readonly queue = new FairQueue<QueuedCount>(({ characters }) => characters);
  private isCounting = false;

  constructor(@Optional() thread?: CountingThread) {
    super();
    this.thread = thread ?? new CountingThread();
  }

  /**
   * A fair estimate for every model: OpenAI's o200k encoding, and four bytes a token for what is too long to be
   * counted.
   * @returns undefined when the text cannot be counted
   */
  async count(text: string, account: string): Promise<number | undefined> {
    if (text === '') return 0;
    const counted = await this.countInTurn(
      'o200k_base',
      [text.slice(0, COUNTED_CHARACTERS)],
      { account },
      MOST_AFTER_A_CALL,
    );
    return counted && counted.tokens + Math.ceil(Buffer.byteLength(text.slice(COUNTED_CHARACTERS)) / BYTES_PER_TOKEN);
  }

  override async atMost(
    encoding: Encoding,
    texts: readonly string[],
    caller: CountedFor = { account: '' },
  ): Promise<number> {
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
    const answer = await this.countInTurn(encoding, counted, caller, MOST_BEFORE_A_CALL);
    if (!answer) return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
    return answer.tokens + answer.cuts * TOKENS_PER_CUT + bytesBeyond;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.thread.close();
  }

  /**
   * The thread's answer; undefined when there is none, or the account has more than this waiting. Rejects when the
   * caller leaves.
   */
  private countInTurn(
    encoding: Encoding,
    texts: readonly string[],
    { account, signal }: CountedFor,
    most: number,
  ): Promise<CountAnswer | undefined> {
    const characters = texts.reduce((sum, { length }) => sum + length, texts.length);
    if (this.queue.weightOf(account) + characters > most) return Promise.resolve(undefined);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (this.queue.remove(account, waiting)) reject(signal!.reason as Error);
      };
      const finish = (answer: CountAnswer | undefined) => {
        signal?.removeEventListener('abort', leave);
        resolve(answer);
      };
      const waiting: QueuedCount = { encoding, texts, characters, finish };
      this.queue.add(account, waiting);
      signal?.addEventListener('abort', leave, { once: true });
      if (!this.isCounting) void this.countAll();
    });
  }

  private async countAll(): Promise<void> {
    this.isCounting = true;
    for (let waiting = this.queue.next(); waiting; waiting = this.queue.next()) {
      const { encoding, texts, finish } = waiting;
      finish(await this.thread.count({ encoding, texts }).catch(() => undefined));
    }
    this.isCounting = false;
  }
}
