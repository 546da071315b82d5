import type { DecisionContext } from '../decider.js';
import type { Actor, Envelope } from './envelope.js';

/** Who and what a command goes back to. Plain JSON, as the command that it stands in. */
export interface CommandCause {
  readonly account?: string;
  readonly customer?: string;
  readonly requestId?: string | undefined;
  readonly actor: Actor;
  /**
   * What the ids of the command's events are made from, beside their steps: the id of a request or of a key, which
   * nobody else has, or the id of the stream itself, where of several writers one must win.
   */
  readonly id: string;
}

/** The cause of a command to an account. */
export interface AccountCause extends CommandCause {
  readonly account: string;
}

/** The cause of a command to a customer. */
export interface CustomerCause extends AccountCause {
  readonly customer: string;
}

/** The envelope of the event of one step of a command. */
export function envelopeFor<Cause extends CommandCause>(cause: Cause, { nowMs, idOf }: DecisionContext, step: string) {
  return { ...cause, id: idOf(step), occurredAt: nowMs };
}

/** The envelope of the event of one step of a command to a customer's statement. */
export function envelopeOf(
  { account, customer, requestId, actor }: CustomerCause,
  { nowMs, idOf }: DecisionContext,
  step: string,
): Envelope {
  return { id: idOf(step), account, customer, requestId, actor, occurredAt: nowMs };
}
