import type { UsageRecorded } from '../../domain/events/index.js';
import type { Document, DocumentShape } from '../document-store.js';
import { countedAt, measuresOf, type MeteredCall } from '../metered-call.js';
import { defineProjection, FOLDED_SHAPE } from '../projection.js';
import { MEASURES_SHAPE } from './shapes.js';

/**
 * The request log: one document for each upstream attempt, `<request id>.<attempt>`; prompts and answers are not in it.
 * An attempt is written once and counts at its own time, so an odd stretch of time can be summed exactly.
 */
export type RequestDocument = Document<RequestFields>;

interface RequestFields extends MeteredCall {
  readonly requestId: string;
  /** The ledger position of the attempt's own event. */
  readonly bookedAt: number;
  /** When it was recorded, in Unix milliseconds, where that is not the moment it counts at. */
  readonly recordedAt?: number;
  /** No later attempt is known: this document stands for the request in lists. */
  readonly last: boolean;
}

/** The id of the document of one attempt, the first being 1. */
export function attemptId(requestId: string, attempt: number): string {
  return `${requestId}.${attempt}`;
}

const CALL_SHAPE: DocumentShape = [
  'account',
  'customer',
  'occurredAt',
  { name: 'requestId', mostly: [{ cutAt: '.', from: 0, to: 1 }] },
  'bookedAt',
  'last',
  ['data', MEASURES_SHAPE],
];

export const requests = defineProjection<UsageRecorded, RequestFields>({
  name: 'requests',
  version: 3,
  fields: { account: 'text', customer: 'text', occurredAt: 'integer', last: 'boolean' },
  indexes: [
    ['account', 'occurredAt'],
    ['customer', 'occurredAt'],
  ],
  shapes: [
    [...CALL_SHAPE, ...FOLDED_SHAPE],
    [...CALL_SHAPE, 'personal', ...FOLDED_SHAPE],
  ],
  events: ['UsageRecorded'],
  keysOf({ event: { requestId, data } }) {
    const keys: string[] = [];
    for (let attempt = 1; attempt <= data.attempt; attempt++) keys.push(attemptId(requestId!, attempt));
    return keys;
  },
  opens: ({ data }) => data.attempt === 1,
  evolve(document, { event, stored }, key) {
    const { account, customer, data, personal } = event;
    const occurredAt = countedAt(event);
    const requestId = event.requestId!;
    if (key !== attemptId(requestId, data.attempt)) return document ? { ...document, last: false } : null;
    return {
      account,
      customer,
      occurredAt,
      requestId,
      bookedAt: stored.position,
      ...(occurredAt !== event.occurredAt && { recordedAt: event.occurredAt }),
      last: true,
      data: measuresOf(data),
      personal,
    };
  },
});
