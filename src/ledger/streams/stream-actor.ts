import type { Decider } from '../../domain/decider.js';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { CommandCause } from '../../domain/events/command-cause.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import { EMPTY_STREAM } from '../journal/codec.js';
import { eventId } from '../journal/event-id.js';
import { WrongExpectedRevision, type Position, type StreamName } from '../journal/event-store.js';
import type { Journal } from '../journal/journal.js';
import { CommandQueue, decideInOrder, type QueuedCommand } from './command-queue.js';
import { readOn, readStream, type FoldedStream, type StreamSnapshot } from './folded-stream.js';

/** A command in plain JSON, with what it goes back to. */
export interface CausedCommand {
  readonly type: string;
  readonly cause: CommandCause;
}

/** How a stream is read and decided on. */
export interface StreamRules<State, Command extends CausedCommand, Event extends LedgerEvent, Outcome> {
  readonly decider: Decider<State, Command, Event, Outcome>;
  /** Finds a folded stream that saves reading it from its beginning. */
  readonly snapshot?: (id: string) => Promise<StreamSnapshot<State> | undefined>;
  /** Whether what was read may have changed while it was read, so that it is read on once more. */
  readonly isDoubtful?: (state: State) => boolean;
}

/** What an actor works with. */
export interface ActorContext {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Called whenever another state is kept in memory, with the position that it follows from. */
  readonly onKept: (position: Position) => void;
}

/** A command to a stream that may be new, so that it need not be read first. */
type QueuedStreamCommand<Command> = QueuedCommand<Command> & { readonly isNew: boolean };

/** How often a stream is read while what was read is older than what was heard of. */
const MOST_READS = 60;

/**
 * Keeps one stream folded in memory. Commands are decided in the order they came; those that wait while an append is
 * under way go out together in the next one. Nobody is answered before the events are durable or, where there are none,
 * before the end of the stream was looked at.
 */
export class StreamActor<State, Command extends CausedCommand, Event extends LedgerEvent, Outcome> {
  private folded: FoldedStream<State> | undefined;
  private heardOf: Position = 0;
  private reading: Promise<FoldedStream<State>> | undefined;
  private readonly queue = new CommandQueue<QueuedStreamCommand<Command>>({
    decideBatch: (batch) => this.decideBatch(batch),
  });

  constructor(
    private readonly stream: StreamName,
    private readonly id: string,
    private readonly rules: StreamRules<State, Command, Event, Outcome>,
    private readonly context: ActorContext,
  ) {}

  /** The state in memory, whether or not it is the latest. */
  get kept(): State | undefined {
    return this.folded?.state;
  }

  /**
   * The durable state, with everything that was heard of; at once when it is in memory.
   * @throws RingsideError `ledger_unavailable`
   */
  state(): State | Promise<State> {
    return this.isCurrent(this.folded) ? this.folded.state : this.readCurrent().then(({ state }) => state);
  }

  /**
   * The durable state as it stands in the ledger now.
   * @throws RingsideError `ledger_unavailable`
   */
  async latest(): Promise<State> {
    // A read that is under way may have begun before the event that the caller knows of was written.
    await this.reading?.catch(() => undefined);
    return (this.reading ? await this.reading : await this.shared(() => this.readFurther())).state;
  }

  /** Somebody has written to the stream at this position: what was known before no longer counts. */
  onAppended(position: Position): void {
    if (position > this.heardOf) this.heardOf = position;
  }

  /**
   * Decides a command and appends its events.
   * @param isNew the stream is most likely empty, so that it need not be read first
   * @throws whatever the decision throws; RingsideError `ledger_unavailable`
   */
  decide(command: Command, isNew: boolean): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.queue.add({ command, isNew, resolve: resolve as (outcome: unknown) => void, reject });
    return promise;
  }

  private async decideBatch(batch: readonly QueuedStreamCommand<Command>[]): Promise<void> {
    const { decider } = this.rules;
    const from = this.isCurrent(this.folded) ? this.folded : await this.beginning(batch);
    const nowMs = this.context.clock.nowMs();
    const decide = (command: Command, state: State) =>
      decider.decide(command, state, { nowMs, idOf: (step) => eventId(command.cause.id, step) });
    const { events, states, answer } = decideInOrder(batch, from.state, decide, (state, event: Event) =>
      decider.evolve(state, event),
    );
    if (events.length > 0) await this.append(batch, from, { state: states.at(-1)!, events });
    // Also after a read: it may have begun before the command came.
    else await this.requireLatest(from);
    answer();
  }

  private async beginning(batch: readonly QueuedStreamCommand<Command>[]): Promise<FoldedStream<State>> {
    const isNew = !this.folded && this.heardOf === 0 && batch[0]!.isNew;
    return isNew ? { state: this.rules.decider.initial, head: EMPTY_STREAM, position: 0 } : this.readCurrent();
  }

  private async append(
    batch: readonly QueuedStreamCommand<Command>[],
    from: FoldedStream<State>,
    { state, events }: { readonly state: State; readonly events: readonly Event[] },
  ): Promise<void> {
    try {
      const { head, position } = await this.context.journal.append(this.stream, from.head, events);
      // An event whose id others make too may be theirs, with other bytes than ours, and our chain would not go on from
      // it.
      if (batch.some(({ command }) => command.cause.id === this.id)) this.onAppended(position);
      else this.keep({ state, head, position });
    } catch (error) {
      if (error instanceof WrongExpectedRevision) {
        const { head } = await this.readFurther();
        // The stream is no longer the one that was read, as after an older copy of the ledger was put back.
        if (head.revision === from.head.revision) this.folded = undefined;
      }
      throw error;
    }
  }

  /**
   * What an append would have shown: whether another writer has gone on from this state. Throws WrongExpectedRevision
   * then.
   */
  private async requireLatest({ head: { revision } }: FoldedStream<State>): Promise<void> {
    const { head } = await this.readFurther();
    if (head.revision !== revision) throw new WrongExpectedRevision(this.stream, revision, head.revision);
  }

  private isCurrent(folded: FoldedStream<State> | undefined): folded is FoldedStream<State> {
    return folded !== undefined && folded.position >= this.heardOf;
  }

  private readCurrent(): Promise<FoldedStream<State>> {
    return this.reading ?? this.shared(() => this.readUntilCurrent());
  }

  /** Callers that ask at the same moment wait for one answer. */
  private shared(read: () => Promise<FoldedStream<State>>): Promise<FoldedStream<State>> {
    return (this.reading = read().finally(() => (this.reading = undefined)));
  }

  /** A store that stays behind what it told of does not answer rightly. */
  private async readUntilCurrent(): Promise<FoldedStream<State>> {
    for (let reads = 0; reads < MOST_READS; reads++) {
      const folded = await this.readFurther();
      if (this.isCurrent(folded)) return folded;
    }
    throw new RingsideError('ledger_unavailable', 'the ledger has not caught up with what it announced; try again');
  }

  /** Folds what has been written behind the state in memory, or the whole stream where there is none. */
  private async readFurther(): Promise<FoldedStream<State>> {
    const { stream, rules, folded } = this;
    const { journal } = this.context;
    const { decider } = rules;
    let read = folded
      ? await readOn(journal, stream, decider, folded)
      : await readStream(journal, stream, decider, await rules.snapshot?.(this.id));
    if (rules.isDoubtful?.(read.state)) read = await readOn(journal, stream, decider, read);
    return this.keep(read);
  }

  /** Two who read at the same moment may end at different places: the later one counts. */
  private keep(folded: FoldedStream<State>): FoldedStream<State> {
    if (!this.folded || folded.position >= this.folded.position) {
      this.folded = folded;
      this.context.onKept(folded.position);
    }
    return this.folded!;
  }
}
