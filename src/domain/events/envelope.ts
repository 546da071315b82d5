/** Who caused an event: an API key, the operator, or Ringside itself. */
export type Actor = `key:${string}` | 'operator' | 'system';

/**
 * The parts every event of the book has beside its own `data`. Times are Unix milliseconds. `personal` holds what can
 * name a person, or is secret; it is stored encrypted under the customer's key, or the one that `subject` names, and is
 * undefined when there was none, or null when the key is gone.
 */
export interface Envelope {
  readonly id: string;
  readonly account: string;
  readonly customer?: string | undefined;
  /**
   * Under whose key `personal` is stored where that is not the customer's: the id of a key that can be destroyed on its
   * own.
   */
  readonly subject?: string | undefined;
  readonly requestId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly actor: Actor;
  readonly occurredAt: number;
}

/** The shape of one event type; `data` is plain JSON with money as decimal strings. */
export interface EventOf<Type extends string, EventData, Personal = undefined> extends Envelope {
  readonly type: Type;
  readonly data: EventData;
  readonly personal?: Personal | null | undefined;
}

/** An event of the whole platform, which is no account's. */
export type PlatformEventOf<Type extends string, EventData> = Omit<
  EventOf<Type, EventData>,
  'account' | 'customer' | 'subject'
> & {
  readonly account?: undefined;
  readonly customer?: undefined;
  readonly subject?: undefined;
};
