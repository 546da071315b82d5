import type { Decision } from '../../domain/decider.js';
import { againAfterConflict } from '../journal/conflicts.js';

/** A command that waits to be decided, and who waits for it. */
export interface QueuedCommand<Command> {
  readonly command: Command;
  /** True once whoever waited has given it up and has his answer; then it is not decided any more. */
  readonly isWithdrawn?: boolean;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How the commands of a stream are decided. */
export interface CommandDecider<Queued> {
  /**
   * Decides a batch on the latest state, appends its events and answers who waits; throws or rejects with
   * WrongExpectedRevision when another writer was first.
   */
  readonly decideBatch: (batch: readonly Queued[]) => Promise<void>;
  /** Called when a batch failed, before it is decided again or given up. */
  readonly recover?: (error: unknown) => Promise<void>;
  /** Called when nothing waits any more. */
  readonly onIdle?: () => void;
}

/** How many commands are decided for one append at most; bounds the size of a commit. */
const COMMANDS_PER_APPEND = 512;

/**
 * The commands of one stream. They are decided in the order they came; those that wait while an append is under way go
 * out together in the next one. A batch is decided again on newer state as long as other writers are faster.
 */
export class CommandQueue<Queued extends QueuedCommand<unknown>> {
  private waiting: Queued[] = [];
  private isDeciding = false;

  constructor(private readonly decider: CommandDecider<Queued>) {}

  /** Whether a batch is being decided or appended. */
  get isBusy(): boolean {
    return this.isDeciding;
  }

  /** Puts a command behind those that wait. */
  add(queued: Queued): void {
    this.waiting.push(queued);
    if (!this.isDeciding) this.decideNext();
  }

  private readonly decideNext = (): void => {
    const batch = this.nextBatch();
    this.isDeciding = batch.length > 0;
    if (!this.isDeciding) return this.decider.onIdle?.();
    // Nearly every batch takes this way, so it is a callback and not a loop that waits.
    let decided: Promise<void>;
    try {
      decided = this.decider.decideBatch(batch);
    } catch (error) {
      decided = Promise.reject(error as Error);
    }
    decided.then(this.decideNext, (error: unknown) => this.decideAgain(batch, error));
  };

  private nextBatch(): readonly Queued[] {
    if (this.waiting.length > COMMANDS_PER_APPEND) return this.waiting.splice(0, COMMANDS_PER_APPEND);
    const batch = this.waiting;
    if (batch.length > 0) this.waiting = [];
    return batch;
  }

  private async decideAgain(batch: readonly Queued[], error: unknown): Promise<void> {
    const { decideBatch, recover } = this.decider;
    try {
      await recover?.(error);
      await againAfterConflict(error, () =>
        decideBatch(batch).catch(async (again: unknown) => {
          await recover?.(again);
          throw again;
        }),
      );
    } catch (final) {
      for (const { reject } of batch) reject(final);
    }
    this.decideNext();
  }
}

/** What a batch of commands comes to. */
export interface DecidedBatch<State, Event> {
  readonly events: readonly Event[];
  /** The state after each command that was not refused. */
  readonly states: readonly State[];
  /** Answers each command; to be called once the events are durable. */
  readonly answer: () => void;
}

/** Decides commands one after the other, each on the state that those before it leave. */
export function decideInOrder<State, Command, Event>(
  batch: readonly QueuedCommand<Command>[],
  from: State,
  decide: (command: Command, state: State) => Decision<Event, unknown>,
  evolve: (state: State, event: Event) => State,
): DecidedBatch<State, Event> {
  const events: Event[] = [];
  const states: State[] = [];
  const answers: (() => void)[] = [];
  let state = from;
  for (const { command, isWithdrawn, resolve, reject } of batch) {
    if (isWithdrawn === true) continue;
    try {
      const decided = decide(command, state);
      let next = state;
      for (const event of decided.events) next = evolve(next, event);
      state = next;
      events.push(...decided.events);
      states.push(state);
      answers.push(() => resolve(decided.outcome));
    } catch (refusal) {
      answers.push(() => reject(refusal));
    }
  }
  return {
    events,
    states,
    answer: () => {
      for (const answer of answers) answer();
    },
  };
}
