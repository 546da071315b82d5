import { Injectable } from '@nestjs/common';
import { RingsideError } from '../../domain/errors.js';

const REFUSAL = 'this gateway is shutting down; try again';

/** Knows the calls in flight, so that a stopping process can refuse new ones and wait for the rest. */
@Injectable()
export class Drain {
  private readonly inFlight = new Set<AbortController>();
  private draining = false;
  private whenEmpty: (() => void) | undefined;

  /** True once no new call is taken. */
  get isDraining(): boolean {
    return this.draining;
  }

  /**
   * A call begins; its controller lets a drain that ran out of patience end it.
   * @throws RingsideError `shutting_down`
   */
  enter(call: AbortController): void {
    if (this.draining) throw new RingsideError('shutting_down', REFUSAL);
    this.inFlight.add(call);
  }

  /** A call is over: answered, and recorded. */
  leave(call: AbortController): void {
    this.inFlight.delete(call);
    if (this.inFlight.size === 0) this.whenEmpty?.();
  }

  /**
   * Takes no new calls and waits for those in flight; after `patienceMs` aborts them, which records what they used.
   * Resolves when none is left.
   */
  async finish(patienceMs: number): Promise<void> {
    this.draining = true;
    if (this.inFlight.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.whenEmpty = resolve));
    const impatience = setTimeout(
      () => this.inFlight.forEach((call) => call.abort(new RingsideError('shutting_down', REFUSAL))),
      patienceMs,
    );
    await empty;
    clearTimeout(impatience);
  }
}
