import type { Decision } from '../../domain/decider.js';
import { againAfterConflict } from '../journal/conflicts.js';

/** A command that waits to be decided, and who waits for it. */
export interface QueuedCommand<Command> {
  readonly command: Command;
  /** Once it is aborted, the command is not decided any more. */
  readonly signal?: AbortSignal | undefined;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How many commands are decided for one append at most; bounds the size of a commit. */
const COMMANDS_PER_APPEND = 512;

/**
 * The commands of one stream. They are decided in the order they came; those that wait while an append is under way go
 * out together in the next one. A batch is decided again on newer state as long as other writers are faster.
 */
export class CommandQueue<Queued extends QueuedCommand<unknown>> {
  private readonly waiting: Queued[] = [];
  private isDeciding = false;

  /**
   * @param decideBatch decides a batch on the latest state, appends its events and answers who waits; throws
   *   WrongExpectedRevision when another writer was first
   * @param onIdle called when nothing waits any more
   */
  constructor(
    private readonly decideBatch: (batch: readonly Queued[]) => Promise<void>,
    private readonly onIdle: () => void = () => undefined,
  ) {}

  /** Whether a batch is being decided or appended. */
  get isBusy(): boolean {
    return this.isDeciding;
  }

  /** Puts a command behind those that wait. */
  add(queued: Queued): void {
    this.waiting.push(queued);
    if (!this.isDeciding) void this.decideAll();
  }

  private async decideAll(): Promise<void> {
    this.isDeciding = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, COMMANDS_PER_APPEND);
      try {
        await againAfterConflict(() => this.decideBatch(batch));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isDeciding = false;
    this.onIdle();
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
  for (const { command, signal, resolve, reject } of batch) {
    try {
      signal?.throwIfAborted();
      const decided = decide(command, state);
      state = decided.events.reduce(evolve, state);
      events.push(...decided.events);
      states.push(state);
      answers.push(() => resolve(decided.outcome));
    } catch (refusal) {
      answers.push(() => reject(refusal));
    }
  }
  return { events, states, answer: () => answers.forEach((answer) => answer()) };
}
