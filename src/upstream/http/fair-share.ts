/** Pieces of answers that are smaller go on at once: what models write comes in smaller ones. */
const BULK_BYTES = 4 * 1024;

/** So many bytes of larger pieces go on in each turn; to pass them on takes a millisecond or two. */
const BYTES_A_TURN = 64 * 1024;

/**
 * The event loop goes round so often from one turn to the next. Where there is nothing else to do, that takes no time.
 */
const ROUNDS_A_TURN = 8;

/** Someone who waits with a piece of so many bytes. */
interface QueuedTurn {
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * Divides the event loop among answers that come as fast as they can be read. Without it, all that lies in the sockets
 * of a thousand of them is passed on before anything else has its turn.
 */
export class FairShare {
  #bytesLeft = BYTES_A_TURN;
  #isTurnComing = false;
  #waiting: QueuedTurn[] = [];

  /** Asks to pass a piece on; undefined when that may be done now, else the promise of a later turn. */
  turnFor(bytes: number): Promise<void> | undefined {
    if (bytes < BULK_BYTES) return undefined;
    this.#awaitTurn();
    if (this.#bytesLeft > 0 && this.#waiting.length === 0) {
      this.#bytesLeft -= bytes;
      return undefined;
    }
    return new Promise((go) => this.#waiting.push({ bytes, go }));
  }

  #awaitTurn(): void {
    if (this.#isTurnComing) return;
    this.#isTurnComing = true;
    this.#goRound(ROUNDS_A_TURN);
  }

  #goRound(left: number): void {
    setImmediate(() => (left > 1 ? this.#goRound(left - 1) : this.#turn()));
  }

  #turn(): void {
    this.#isTurnComing = false;
    this.#bytesLeft = BYTES_A_TURN;
    let served = 0;
    while (served < this.#waiting.length && this.#bytesLeft > 0) {
      const { bytes, go } = this.#waiting[served++]!;
      this.#bytesLeft -= bytes;
      go();
    }
    this.#waiting = this.#waiting.slice(served);
    if (this.#waiting.length > 0) this.#awaitTurn();
  }
}
