/**
 * What the large answers of an account hold together while they arrive and are worked on. Beyond the limit they wait,
 * all but the eldest, so that one of them always comes to its end. A provider who is waited for is not read from.
 */
export class AnswerMemory {
  readonly #accounts = new Map<string, Share>();

  /** @param bytes the limit of one account */
  constructor(private readonly bytes: number) {}

  /** Lets an answer in; it has to leave in the end, whatever becomes of it. */
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

/** What an account has in the room. */
interface Share {
  bytes: number;
  /** From the eldest on. */
  readonly answers: Set<AnswerReservation>;
}

/** The room of one answer. */
export class AnswerReservation {
  #held = 0;
  #go: (() => void) | undefined;

  constructor(
    private readonly share: Share,
    private readonly limit: number,
    private readonly onLeft: () => void,
  ) {}

  /**
   * Counts bytes that have come. The promise, where there is one, is to be awaited before more are read; it ends also
   * with the signal.
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

  /** Gives the room back; those who waited for it go on. */
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
