/** Who caused an event: an API key, the operator, or Ringside itself. */
export type Actor = `key:${string}` | 'operator' | 'system';

/**
 * The parts every event of the book has beside its own `data`. Times are Unix milliseconds.
 * `personal` holds what can name a person; it is stored encrypted under the customer's key and is
 * undefined when there was none, or null when the key is gone.
 */
export interface Envelope {
  readonly id: string;
  readonly account: string;
  readonly customer?: string | undefined;
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
export type PlatformEventOf<Type extends string, EventData> = Omit<EventOf<Type, EventData>, 'account' | 'customer'> & {
  readonly account?: undefined;
  readonly customer?: undefined;
};
