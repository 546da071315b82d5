import type { CreditWallet, SetBudget } from './change-money.js';
import type { ExpireHolds, RecordOutcome, RecordUsage, ReleaseHold } from './end-hold.js';
import type { HoldOutcome, PlaceHold } from './place-hold.js';

/** Everything that can be asked of a customer's statement. Plain JSON; each command stands beside its decision. */
export type StatementCommand = PlaceHold | RecordUsage | ReleaseHold | ExpireHolds | SetBudget | CreditWallet;

/** What each command comes to, as plain JSON too; null where there is nothing to tell. */
export interface StatementOutcomes {
  readonly PlaceHold: HoldOutcome;
  readonly RecordUsage: RecordOutcome;
  readonly ReleaseHold: null;
  readonly ExpireHolds: { readonly expired: number };
  readonly SetBudget: null;
  readonly CreditWallet: null;
}

/** What a command comes to. */
export type OutcomeOf<Command extends StatementCommand> = StatementOutcomes[Command['type']];
