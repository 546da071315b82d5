import { hash, type KeyObject } from 'node:crypto';
import { EVENT_VERSIONS, type LedgerEvent, type LedgerEventType } from '../../domain/events/index.js';
import { creditGrantedFromV1 } from '../../domain/events/credit-granted.js';
import { customerCreatedFromV1 } from '../../domain/events/customer-created.js';
import type { Actor } from '../../domain/events/envelope.js';
import { statementClosedFromV1 } from '../../domain/events/statement-closed.js';
import { statementOpenedFromV1 } from '../../domain/events/statement-opened.js';
import { usageRecordedFromV1, usageRecordedFromV2, usageRecordedFromV3 } from '../../domain/events/usage-recorded.js';
import type { ExpectedRevision, NewEvent, StoredEvent } from './event-store.js';
import { seal, unseal } from '../keys/sealing.js';

/** The end of a stream: its last revision and the chain value of the event there. */
export interface StreamHead {
  readonly revision: ExpectedRevision;
  readonly chain: string;
}

/** The head of a stream that has no events yet. */
export const EMPTY_STREAM: StreamHead = { revision: 'no_stream', chain: '' };

/** An event this version of Ringside does not know. Whoever meets it must stop: skipping it would lose it. */
export class UnknownEvent extends Error {
  constructor(
    readonly type: string,
    readonly version: number,
  ) {
    super(`unknown event ${type} version ${version}: it was written by a newer Ringside`);
    this.name = 'UnknownEvent';
  }
}

/**
 * How an old version of an event's data becomes the next one: the first function turns version 1 into version 2.
 * Stored events are never rewritten; every version ever written keeps a golden file in `test/fixtures/golden-events`.
 */
const UPCASTS: { readonly [type in LedgerEventType]?: readonly ((data: never) => unknown)[] } = {
  CreditGranted: [creditGrantedFromV1],
  CustomerCreated: [customerCreatedFromV1],
  CustomerUpdated: [(data) => data],
  StatementOpened: [statementOpenedFromV1],
  UsageRecorded: [usageRecordedFromV1, usageRecordedFromV2, usageRecordedFromV3],
  StatementClosed: [statementClosedFromV1],
};

/**
 * Turns an event into what is stored, chained to the event before it in its stream.
 * @param key the key of the customer, or of the subject that the event names; required when it has personal fields
 */
export function encode(event: LedgerEvent, previousChain: string, key: KeyObject | undefined): NewEvent {
  const metadata: Record<string, string> = {};
  if (event.account !== undefined) metadata['account'] = event.account;
  metadata['actor'] = event.actor;
  if (event.causationId !== undefined) metadata['causationId'] = event.causationId;
  if (event.customer !== undefined) metadata['customer'] = event.customer;
  metadata['occurredAt'] = String(event.occurredAt);
  if (event.personal) {
    if (!key) throw new Error(`${event.type} has personal fields, but there is no key for them`);
    metadata['personal'] = seal(key, event.id, JSON.stringify(event.personal)).toString('base64');
  }
  if (event.requestId !== undefined) metadata['requestId'] = event.requestId;
  if (event.subject !== undefined) metadata['subject'] = event.subject;
  metadata['version'] = String(EVENT_VERSIONS[event.type]);
  const encoded = { id: event.id, type: event.type, data: JSON.stringify(event.data), metadata };
  // The names stand in their order already.
  metadata['chain'] = chainValue(previousChain, encoded, Object.keys(metadata));
  return encoded;
}

/**
 * The chain value of an event: SHA-256 (base64url) over the value before it and the event's bytes as stored, ciphertext
 * included, so that it still verifies after an erasure. Metadata counts in the order of its names, without `chain`;
 * no part can hold a line break, so the text is unambiguous.
 */
export function chainOf(previousChain: string, event: NewEvent): string {
  return chainValue(previousChain, event, Object.keys(event.metadata).toSorted());
}

function chainValue(
  previousChain: string,
  { id, type, data, metadata }: NewEvent,
  sortedNames: readonly string[],
): string {
  let text = `${previousChain}\n${id}\n${type}\n${data}`;
  for (const name of sortedNames) if (name !== 'chain') text += `\n${name}:${metadata[name]}`;
  return hash('sha256', text, 'base64url');
}

/**
 * The customer, or other subject, whose key is needed to read the event's personal fields; undefined when it has none.
 */
export function sealedFor({ metadata }: StoredEvent): string | undefined {
  return metadata['personal'] === undefined ? undefined : (metadata['subject'] ?? metadata['customer']);
}

/**
 * Reads a stored event in today's shape.
 * @param key the key of `sealedFor`; without it personal fields read as null
 * @throws UnknownEvent for a type or version this Ringside does not know
 */
export function decode(stored: StoredEvent, key: KeyObject | undefined): LedgerEvent {
  const { metadata } = stored;
  const version = Number(metadata['version']);
  const newest = EVENT_VERSIONS[stored.type as LedgerEventType] as number | undefined;
  if (newest === undefined || !(version >= 1 && version <= newest)) throw new UnknownEvent(stored.type, version);
  let data: unknown = JSON.parse(stored.data);
  for (const upcast of (UPCASTS[stored.type as LedgerEventType] ?? []).slice(version - 1)) data = upcast(data as never);
  const sealed = metadata['personal'];
  return {
    id: stored.id,
    type: stored.type,
    account: metadata['account'],
    customer: metadata['customer'],
    subject: metadata['subject'],
    requestId: metadata['requestId'],
    causationId: metadata['causationId'],
    actor: metadata['actor'] as Actor,
    occurredAt: Number(metadata['occurredAt']),
    data,
    personal:
      sealed === undefined
        ? undefined
        : key
          ? JSON.parse(unseal(key, stored.id, Buffer.from(sealed, 'base64')).toString())
          : null,
  } as LedgerEvent;
}
