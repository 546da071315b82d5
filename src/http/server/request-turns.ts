import { FairQueue } from '../../domain/fair-queue.js';

/**
 * So many requests are taken on in one turn of the event loop. Each takes a millisecond or so until it is on its way to
 * a provider.
 */
const REQUESTS_A_TURN = 16;

/**
 * The event loop takes on one connection each time it goes round. While there are new ones, it goes round so often
 * before requests that wait have a turn: a caller who is not even connected can have no fair share of them.
 */
const ROUNDS_FOR_CONNECTIONS = 8;

/**
 * Divides the event loop among requests that come at the same moment. Without it a burst of a thousand is taken on
 * before anything else has its turn: answers under way, other callers, health. Addresses take turns, so that a burst
 * holds up nobody but its sender.
 */
export class RequestTurns {
  #left = REQUESTS_A_TURN;
  #isTurnComing = false;
  #count = 0;
  #hasConnected = false;
  #rounds = 0;
  readonly #waiting = new FairQueue<() => void>();

  /**
   * Asks to take on a request from an address; undefined when that may be done now, else the promise of a later turn.
   */
  turnFor(address: string): Promise<void> | undefined {
    this.#awaitTurn();
    if (this.#left > 0 && this.#count === 0) {
      this.#left--;
      return undefined;
    }
    this.#count++;
    return new Promise((go) => this.#waiting.add(address, go));
  }

  /** To be told of each new connection. */
  noteConnection(): void {
    this.#hasConnected = true;
  }

  #awaitTurn(): void {
    if (this.#isTurnComing) return;
    this.#isTurnComing = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnComing = false;
    if (this.#hasConnected && this.#count > 0 && ++this.#rounds < ROUNDS_FOR_CONNECTIONS) {
      this.#hasConnected = false;
      return this.#awaitTurn();
    }
    this.#rounds = 0;
    this.#left = REQUESTS_A_TURN;
    while (this.#left > 0 && this.#count > 0) {
      this.#left--;
      this.#count--;
      this.#waiting.next()!();
    }
    if (this.#count > 0) this.#awaitTurn();
  }
}
