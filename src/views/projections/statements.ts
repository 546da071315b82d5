import { evolveStatement, type StatementEvent, type StatementState } from '../../domain/statement.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/**
 * A customer's month, folded, with the place in its stream up to which it is: what the statement desk goes on from. Its
 * id is the stream's name.
 */
export type StatementDocument = Document<StatementFields>;

interface StatementFields {
  readonly account: string;
  readonly customer: string;
  readonly state: StatementState;
  readonly head: {
    readonly revision: number;
    /** The chain value of the event at that revision. */
    readonly chain: string;
  };
}

/** The id of the document of a customer's statement of one UTC month (`yyyymm`). */
export function statementId(customer: string, month: string): string {
  return `statement-${customer}-${month}`;
}

export const statements = defineProjection<StatementEvent, StatementFields>({
  name: 'statements',
  version: 1,
  fields: { account: 'text', customer: 'text' },
  indexes: [['account'], ['customer']],
  events: ['StatementOpened', 'UsageRecorded', 'StatementClosed'],
  keysOf: ({ stored }) => [stored.stream],
  evolve: (statement, { event, stored }) => ({
    account: event.account,
    customer: event.customer!,
    state: evolveStatement(statement?.state, event),
    head: { revision: stored.revision, chain: stored.metadata['chain']! },
  }),
});
