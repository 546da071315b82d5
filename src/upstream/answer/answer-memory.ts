/**
 * The memory that the large answers of an account hold together while they arrive and are processed. Above the limit
 * they wait, all but the oldest, so that one of them always finishes. A waiting answer does not read from its provider.
 */
export class AnswerMemory {
  readonly #accounts = new Map<string, Share>();

  /** @param bytes the limit of one account */
  constructor(private readonly bytes: number) {}

  /** Adds an answer. Its reservation must be released in the end, whatever happens. */
  enter(account: string): AnswerReservation {
    let share = this.#accounts.get(account);
    if (!share) this.#accounts.set(account, (share = { bytes: 0, answers: new Set() }));
    const answer = new AnswerReservation(share, this.bytes, () => {
      if (share.answers.size === 0) this.#accounts.delete(account);
    });
    share.answers.add(answer);
    return answer;
  }
}

/** The answers of one account. */
interface Share {
  bytes: number;
  /** The oldest first. */
  readonly answers: Set<AnswerReservation>;
}

/** The memory of one answer. */
export class AnswerReservation {
  #held = 0;
  #go: (() => void) | undefined;

  constructor(
    private readonly share: Share,
    private readonly limit: number,
    private readonly onLeft: () => void,
  ) {}

  /**
   * Counts bytes that arrived. If it returns a promise, await it before reading more. Aborting the signal settles it
   * too.
   */
  grow(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    this.#held += bytes;
    this.share.bytes += bytes;
    if (this.#mayGoOn() || signal.aborted) return undefined;
    return new Promise((resolve) => {
      const go = (): void => {
        this.#go = undefined;
        signal.removeEventListener('abort', go);
        resolve();
      };
      this.#go = go;
      signal.addEventListener('abort', go, { once: true });
    });
  }

  /** Releases the memory. Answers that waited for it continue. */
  leave(): void {
    const { share } = this;
    share.bytes -= this.#held;
    this.#held = 0;
    share.answers.delete(this);
    this.onLeft();
    for (const answer of share.answers) if (answer.#mayGoOn()) answer.#go?.();
  }

  #mayGoOn(): boolean {
    const [eldest] = this.share.answers;
    return this === eldest || this.share.bytes <= this.limit;
  }
}
