import type { ServerKeyIssued } from '../../domain/events/index.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** A server key, found by what a caller's token hashes to; its id is the token's SHA-256 digest in hex. */
export type ServerKeyDocument = Document<ServerKeyFields>;

interface ServerKeyFields {
  readonly account: string;
  readonly keyId: string;
  readonly lastFour: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

export const serverKeys = defineProjection<ServerKeyIssued, ServerKeyFields>({
  name: 'server-keys',
  version: 1,
  fields: { account: 'text' },
  indexes: [['account']],
  events: ['ServerKeyIssued'],
  keysOf: ({ event }) => [event.data.digest],
  evolve: (_, { event: { account, occurredAt, data } }) => ({
    account,
    keyId: data.keyId,
    lastFour: data.lastFour,
    createdAt: occurredAt,
  }),
});
