import { Injectable } from '@nestjs/common';
import { Clock } from '../domain/clock.js';
import type { StatementState } from '../domain/statement.js';
import { BookNews } from './book-news.js';
import { Book } from './book.js';
import type { StreamName } from './event-store.js';
import { RecentlyUsed } from './recently-used.js';
import { StatementClerk, type Decision } from './statement-clerk.js';
import { StatementSnapshots } from './statement-snapshots.js';

/** How many customers' statements stay open in memory. One that fell out is read again; two clerks for one customer are harmless. */
const OPEN_STATEMENTS = 50_000;

/**
 * The one place where a customer's money is decided: hands each decision to the clerk who keeps that customer's statement. Decisions do
 * not need to hear what other gateways write, since an append conflicts with what it does not know; but calls of customers who have
 * neither budget nor wallet are let through without an append, and must learn that this has changed.
 */
@Injectable()
export class StatementDesk {
  private readonly clerks = new RecentlyUsed<StatementClerk>(OPEN_STATEMENTS);

  constructor(
    private readonly book: Book,
    private readonly snapshots: StatementSnapshots,
    private readonly clock: Clock,
    news: BookNews,
  ) {
    news.on(['BudgetSet', 'WalletCredited'], ({ stream, revision, metadata }) => this.heard(metadata['customer']!, stream, revision));
  }

  /** What is known here of the customer's open statement, at once; undefined when only `decide` can tell. */
  known(customer: string): StatementState | undefined {
    return this.clerks.get(customer)?.known;
  }

  /** Somebody, perhaps another gateway, has written at this place: what is known here may be old. */
  heard(customer: string, stream: StreamName, revision: number): void {
    this.clerks.peek(customer)?.heard(stream, revision);
  }

  /**
   * Decides on the customer's current statement and appends what the decision says.
   * @returns the decision's outcome, once its events are durable
   * @throws whatever the decision throws; RingsideError `ledger_unavailable` when the book cannot be read or written
   */
  decide<Outcome>(account: string, customer: string, decision: Decision<Outcome>): Promise<Outcome> {
    let clerk = this.clerks.get(customer);
    if (!clerk) {
      clerk = new StatementClerk(account, customer, this.book, this.snapshots, this.clock);
      this.clerks.set(customer, clerk);
    }
    return clerk.decide(decision);
  }
}
