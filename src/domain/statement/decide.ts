import type { Decider, Decision } from '../decider.js';
import { creditWallet, setBudget } from './change-money.js';
import type { OutcomeOf, StatementCommand } from './commands.js';
import type { StatementContext } from './context.js';
import { expireHolds, recordUsage, releaseHold } from './end-hold.js';
import { placeHold } from './place-hold.js';
import { evolveStatement, type StatementEvent, type StatementState } from './statement.js';

/**
 * The rules of a customer's statement of one month. The ledger opens and closes it; whatever else happens to it is a
 * command.
 */
export const statementDecider = {
  initial: undefined,
  evolve: evolveStatement,
  decide(command: StatementCommand, state: StatementState | undefined, context: StatementContext) {
    if (!state) throw new Error(`${command.type} before StatementOpened`);
    return decide(command, state, context);
  },
} satisfies Decider<StatementState | undefined, StatementCommand, StatementEvent, OutcomeOf<StatementCommand>>;

function decide(
  command: StatementCommand,
  state: StatementState,
  context: StatementContext,
): Decision<StatementEvent, OutcomeOf<StatementCommand>> {
  switch (command.type) {
    case 'PlaceHold':
      return placeHold(command, state, context);
    case 'RecordUsage':
      return recordUsage(command, state, context);
    case 'ReleaseHold':
      return releaseHold(command, state, context);
    case 'ExpireHolds':
      return expireHolds(command, state, context);
    case 'SetBudget':
      return setBudget(command, state, context);
    case 'CreditWallet':
      return creditWallet(command, state, context);
  }
}
