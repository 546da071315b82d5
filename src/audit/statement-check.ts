import { isDeepStrictEqual } from 'node:util';
import type { LedgerEvent, StatementOpened } from '../domain/events/index.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../domain/statement.js';
import { NO_USAGE } from '../domain/usage-totals.js';
import type { StoredEvent, StreamName } from '../ledger/event-store.js';

/**
 * Folds every statement again and says where one breaks its rules: opened once, for a customer that exists, behind the month that
 * was closed for it; closed with the sums of its usage; nothing afterwards. Memory grows with customers and statements.
 */
export class StatementCheck {
  private readonly accountOfCustomer = new Map<string, string>();
  private readonly statements = new Map<StreamName, StatementState>();
  /** Each customer's latest statement. */
  private readonly latest = new Map<string, StreamName>();

  *problemsOf(event: LedgerEvent, { stream }: StoredEvent): Generator<string> {
    if (event.type === 'CustomerCreated') this.accountOfCustomer.set(event.customer!, event.account);
    if (!stream.startsWith('statement-')) return;
    if (this.accountOfCustomer.get(event.customer!) !== event.account)
      yield `the account ${event.account} has no customer ${event.customer}`;
    if (event.type === 'StatementOpened') {
      yield* this.problemsOfOpening(event);
      this.latest.set(event.customer!, stream);
    }
    const before = this.statements.get(stream);
    if (event.type === 'StatementClosed' && before && !isDeepStrictEqual(event.data.totals, before.totals)) {
      yield `is closed with ${JSON.stringify(event.data.totals)}, but its usage sums up to ${JSON.stringify(before.totals)}`;
    }
    try {
      const state = evolveStatement(before, event as StatementEvent);
      this.statements.set(stream, state.nextMonth === null ? state : { ...state, totals: NO_USAGE });
    } catch (error) {
      yield (error as Error).message;
    }
  }

  private *problemsOfOpening({ customer, data }: StatementOpened): Generator<string> {
    const stream = this.latest.get(customer!);
    const previous = stream && this.statements.get(stream);
    const expected = previous?.month ?? null;
    if (data.previousMonth !== expected)
      yield `follows ${data.previousMonth ?? 'none'}, but the customer's latest statement is ${expected ?? 'none'}`;
    else if (previous && previous.nextMonth !== data.month) {
      yield `follows ${previous.month}, which ${previous.nextMonth === null ? 'is not closed' : `is carried on by ${previous.nextMonth}`}`;
    }
  }
}
