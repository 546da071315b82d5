import type { DecisionContext } from '../decider.js';
import type { Actor, Envelope } from './envelope.js';

/** Who and what the events of a decision about a customer go back to. Plain JSON, so that a command can carry it. */
export interface Cause {
  readonly account: string;
  readonly customer: string;
  readonly requestId?: string | undefined;
  readonly actor: Actor;
  /** What the ids of the events are made from, beside their steps: the request's id, or that of what else was the reason. */
  readonly id: string;
}

/** The envelope of a decision's event. */
export function envelopeOf({ account, customer, requestId, actor }: Cause, { nowMs, idOf }: DecisionContext, step: string): Envelope {
  return { id: idOf(step), account, customer, requestId, actor, occurredAt: nowMs };
}
