import type { Clock } from '../../domain/clock.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import type { Position, StreamName } from '../journal/event-store.js';
import type { Journal } from '../journal/journal.js';
import { LruCache } from '../lru-cache.js';
import { StreamActor, type CausedCommand, type StreamRules } from './stream-actor.js';
import type { StreamKind } from './stream-kinds.js';

/** A state counts as one for each so many characters of it that were begun, so that large ones leave memory earlier. */
const CHARACTERS_PER_UNIT = 1024;

/** What the open streams of one kind have in common. */
export interface StreamSettings {
  readonly journal: Journal;
  readonly clock: Clock;
  /** How much stays in memory, in states of at most 1,024 characters. */
  readonly most: number;
}

/** An actor with the room that its state takes. */
interface KeptActor<State, Command extends CausedCommand, Event extends LedgerEvent, Outcome> {
  readonly actor: StreamActor<State, Command, Event, Outcome>;
  readonly size: number;
}

/**
 * The streams of one kind that are in memory. Those that were used longest ago leave it first. One that is used again
 * is read again, also while the one that left is still at work: two actors for one stream are harmless, since an append
 * names the revision that it expects.
 */
export class OpenStreams<State, Command extends CausedCommand, Event extends LedgerEvent, Outcome> {
  private readonly actors: LruCache<KeptActor<State, Command, Event, Outcome>>;

  constructor(
    private readonly kind: StreamKind,
    private readonly rules: StreamRules<State, Command, Event, Outcome>,
    private readonly settings: StreamSettings,
  ) {
    this.actors = new LruCache(settings.most, ({ size }) => size);
  }

  /** The actor that keeps a stream, by the stream's id. */
  actorOf(id: string): StreamActor<State, Command, Event, Outcome> {
    const known = this.actors.get(id);
    if (known) return known.actor;
    const { journal, clock } = this.settings;
    const stream: StreamName = `${this.kind}-${id}`;
    const onKept = (position: Position) => this.weigh(id, actor, position);
    const actor = new StreamActor(stream, id, this.rules, { journal, clock, onKept });
    this.actors.set(id, { actor, size: 1 });
    return actor;
  }

  /** Somebody has written to a stream at this position. */
  onAppended(id: string, position: Position): void {
    this.actors.peek(id)?.actor.onAppended(position);
  }

  /**
   * Gives an actor the room that its state takes. One that has left memory does not come back, but tells its successor
   * what it knows.
   */
  private weigh(id: string, actor: StreamActor<State, Command, Event, Outcome>, position: Position): void {
    const current = this.actors.peek(id)?.actor;
    if (current !== actor) return current?.onAppended(position);
    const size = Math.ceil((JSON.stringify(actor.kept)?.length ?? 1) / CHARACTERS_PER_UNIT);
    this.actors.set(id, { actor, size });
  }
}
