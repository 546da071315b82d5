import type { Call } from '../../domain/call/call.js';
import type { CustomerCause } from '../../domain/events/command-cause.js';
import type { Actor } from '../../domain/events/envelope.js';

/** A call as the cause of events on its customer's statement. */
export function causeOf({ requestId, caller }: Pick<Call, 'requestId' | 'caller'>, customer: string): CustomerCause {
  return causeOfRequest({ account: caller.account, customer, requestId, actor: `key:${caller.keyId}` });
}

/** The same cause from what is written down of a call. */
export function causeOfRequest(call: {
  readonly account: string;
  readonly customer: string;
  readonly requestId: string;
  readonly actor: Actor;
}): CustomerCause {
  return { ...call, id: call.requestId };
}
