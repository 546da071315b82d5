import {
  evolveStatement,
  STATEMENT_EVENTS,
  type StatementEvent,
  type StatementState,
} from '../../domain/statement/statement.js';
import { firstExpiry } from '../../domain/statement/open-holds.js';
import type { Document, DocumentShape } from '../document-store.js';
import { defineProjection, FOLDED_SHAPE } from '../projection.js';
import { HEAD_SHAPE, TOTALS_SHAPE } from './shapes.js';

/**
 * A customer's month, folded, with the place in its stream up to which it is: what the statement registry goes on from.
 * Its id is the stream's name.
 */
export type StatementDocument = Document<StatementFields>;

interface StatementFields {
  readonly account: string;
  readonly customer: string;
  /** The UTC month, `yyyymm`. */
  readonly month: string;
  readonly state: StatementState;
  /**
   * When the oldest open hold may be released, in Unix milliseconds; null when none is open or the next statement
   * carries it.
   */
  readonly holdsExpireAt: number | null;
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

const STATE_SHAPE = [
  'month',
  'previousMonth',
  'capNanoUsd',
  'wallet',
  'holds',
  'nextMonth',
  ['totals', TOTALS_SHAPE],
  ['carriedTotals', TOTALS_SHAPE],
  'heldNanoUsd',
  ['crossed', ['warning', 'exceeded']],
  'past',
] satisfies (keyof StatementState | [keyof StatementState, DocumentShape])[];

export const statements = defineProjection<StatementEvent, StatementFields>({
  name: 'statements',
  version: 4,
  fields: { account: 'text', customer: 'text', month: 'text', holdsExpireAt: 'integer' },
  indexes: [['customer'], ['month'], ['holdsExpireAt']],
  sparse: ['holdsExpireAt'],
  shapes: [
    ['account', 'customer', 'month', ['state', STATE_SHAPE], 'holdsExpireAt', ['head', HEAD_SHAPE], ...FOLDED_SHAPE],
  ],
  events: STATEMENT_EVENTS,
  keysOf({ event, stored }) {
    if (event.type !== 'StatementOpened' || event.data.previousMonth === null) return [stored.stream];
    return [stored.stream, statementId(event.customer!, event.data.previousMonth)];
  },
  evolve(statement, { event, stored }, key) {
    if (key !== stored.stream) return statement ? { ...statement, holdsExpireAt: null } : null;
    const state = evolveStatement(statement?.state, event);
    return {
      account: event.account,
      customer: event.customer!,
      month: state.month,
      state,
      holdsExpireAt: firstExpiry(state.holds),
      head: { revision: stored.revision, chain: stored.metadata['chain']! },
    };
  },
});
