import type { StatementCommand } from '../../src/domain/statement/commands.js';
import type { StatementContext } from '../../src/domain/statement/context.js';
import { statementDecider } from '../../src/domain/statement/decide.js';
import type { StatementState } from '../../src/domain/statement/statement.js';
import { crossed } from './plain-json.js';

/** What a command was decided on. */
export interface WatchedDecision {
  readonly state: StatementState;
  readonly context: StatementContext;
}

/**
 * Watches every decision on a statement from now on; commands and outcomes go as if they crossed a thread. Gives what a
 * command was decided on, each time, the first first.
 */
export function watchDecisions(): (command: StatementCommand) => readonly WatchedDecision[] {
  const watched = new WeakMap<StatementCommand, WatchedDecision[]>();
  const decide = statementDecider.decide.bind(statementDecider);
  statementDecider.decide = (command, state, context) => {
    watched.set(command, [...(watched.get(command) ?? []), { state: state!, context }]);
    const { events, outcome } = decide(crossed(command), state, context);
    return { events, outcome: crossed(outcome) };
  };
  return (command) => watched.get(command) ?? [];
}
