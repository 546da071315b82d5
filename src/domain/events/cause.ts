import type { Envelope } from './envelope.js';

/** Who and what the events of a decision go back to. */
export interface Cause extends Omit<Envelope, 'id' | 'occurredAt' | 'causationId'> {
  /** The id of the event of one step: the same on every try, and no other cause's. */
  readonly idOf: (step: string) => string;
}

/** The envelope of a decision's event. */
export function envelopeOf({ account, customer, requestId, actor, idOf }: Cause, atMs: number, step: string): Envelope {
  return { id: idOf(step), account, customer, requestId, actor, occurredAt: atMs };
}
