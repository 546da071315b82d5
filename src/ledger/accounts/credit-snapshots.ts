import type { AccountCredit } from '../../domain/account/account-credit.js';
import type { Position } from '../journal/event-store.js';

/** An account's credit folded from the book. Every event of it up to the position is in it, and none after. */
export interface CreditSnapshot {
  readonly account: string;
  readonly credit: AccountCredit;
  readonly position: Position;
}

/** Where the ledger finds folded credits; the views keep them. */
export abstract class CreditSnapshots {
  /**
   * An account's credit, with everything in it that is in the book now; undefined when the views do not get there soon.
   */
  abstract find(account: string): Promise<CreditSnapshot | undefined>;
  /** Credits that have crossed a threshold without the book saying so; a few may be named that it says by now. */
  abstract unsaid(limit: number): Promise<readonly CreditSnapshot[]>;
}
