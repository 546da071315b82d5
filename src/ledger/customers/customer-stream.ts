import { evolveCustomer, type CustomerEvent, type CustomerState } from '../../domain/customer/customer.js';
import { headAt, type Journal } from '../journal/journal.js';
import type { StreamHead } from '../journal/codec.js';
import type { CustomerSnapshot, CustomerSnapshots } from './customer-snapshots.js';
import type { Position, StreamName } from '../journal/event-store.js';

/** A customer as its stream says it now, and where the stream ends. */
export interface CurrentCustomer {
  readonly stream: StreamName;
  readonly state: CustomerState;
  readonly head: StreamHead;
  /** The position of the stream's last event. */
  readonly position: Position;
}

/**
 * Reads a customer: the snapshot, if there is one that the book bears out, and the events behind it, since a stream that rate
 * limits write to may be long. Undefined for a customer without events.
 */
export async function readCustomer(journal: Journal, snapshots: CustomerSnapshots, customer: string): Promise<CurrentCustomer | undefined> {
  const stream: StreamName = `customer-${customer}`;
  const snapshot = await snapshots.find(customer);
  return (snapshot && (await readBehind(journal, stream, snapshot))) ?? readBehind(journal, stream, undefined);
}

/** Reads on from a snapshot, beginning with the event it ends at. Undefined when the book does not have that event. */
async function readBehind(
  journal: Journal,
  stream: StreamName,
  snapshot: CustomerSnapshot | undefined,
): Promise<CurrentCustomer | undefined> {
  let state: CustomerState | undefined;
  let head: StreamHead | undefined;
  let position = 0;
  for await (const { event, stored } of journal.read(stream, Number(snapshot?.head.revision ?? 0))) {
    if (!snapshot || head) state = evolveCustomer(state, event as CustomerEvent);
    else if (snapshot.head.chain === headAt(stored).chain) state = snapshot.state;
    else return undefined;
    head = headAt(stored);
    position = stored.position;
  }
  return state && head && { stream, state, head, position };
}
