import type { LedgerEvent } from '../domain/events/index.js';
import type { Position } from '../ledger/journal/event-store.js';
import { ProjectionRunner, READ_PATIENCE_MS, type Reached } from '../views/runner.js';
import type { ViewsQuestion } from '../views/thread/thread-messages.js';
import type { OwnerLink } from './owner-link.js';

/** The runner of the views as a worker sees it: the owner folds them, once for all workers. */
export class RunnerOfOwner extends ProjectionRunner {
  constructor(private readonly owner: OwnerLink) {
    super();
  }

  override get position(): Position {
    return this.owner.position;
  }

  override get failure(): Error | undefined {
    const { failure } = this.owner;
    return failure === undefined ? undefined : new Error(failure);
  }

  /** The owner's runner runs already. */
  override start(): Promise<void> {
    return Promise.resolve();
  }

  override stop(): Promise<void> {
    return Promise.resolve();
  }

  override async reached(position: Position, timeoutMs: number, of: Reached = 'stored'): Promise<boolean> {
    return this.position >= position || this.ask({ reached: position, timeoutMs, of }, timeoutMs);
  }

  override catchUp(): Promise<boolean> {
    return this.ask({ catchUp: true }, READ_PATIENCE_MS);
  }

  override catchUpOn(types: readonly LedgerEvent['type'][]): Promise<boolean> {
    return this.ask({ catchUpOn: types }, READ_PATIENCE_MS);
  }

  /** An owner that does not answer in time, or that is gone, has not come so far. */
  private async ask(question: ViewsQuestion, timeoutMs: number): Promise<boolean> {
    return (await this.owner.ask({ views: question }, timeoutMs).answer) === true;
  }
}
