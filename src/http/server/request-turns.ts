/** So many requests are taken on in one turn of the event loop. Each takes a millisecond or so until it is on its way to a provider. */
const REQUESTS_A_TURN = 16;

/**
 * Divides the event loop among requests that come at the same moment. Without it a burst of a thousand is taken on before anything else
 * has its turn: answers under way, other callers, health.
 */
export class RequestTurns {
  #left = REQUESTS_A_TURN;
  #isTurnComing = false;
  #waiting: (() => void)[] = [];

  /** Asks to take on a request; undefined when that may be done now, else the promise of a later turn. */
  ask(): Promise<void> | undefined {
    this.#awaitTurn();
    if (this.#left > 0 && this.#waiting.length === 0) {
      this.#left--;
      return undefined;
    }
    return new Promise((go) => this.#waiting.push(go));
  }

  #awaitTurn(): void {
    if (this.#isTurnComing) return;
    this.#isTurnComing = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnComing = false;
    const served = this.#waiting.slice(0, REQUESTS_A_TURN);
    this.#waiting = this.#waiting.slice(REQUESTS_A_TURN);
    this.#left = REQUESTS_A_TURN - served.length;
    for (const go of served) go();
    if (this.#waiting.length > 0) this.#awaitTurn();
  }
}
