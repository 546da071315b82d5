import type { DecisionContext } from '../decider.js';

/**
 * What a decision on a statement may know beside the command and the state. The moment is in the month that calls count
 * in.
 */
export interface StatementContext extends DecisionContext {
  /**
   * The revision of the last event of the month's stream, -1 while it has none: the events of the decision, and of
   * those that go out together with it, are appended behind that one.
   */
  readonly lastRevision?: number;
  /** Whether this process works on the call of a hold, whatever the wall clock says of the hold's time. */
  readonly isActive?: (hold: string) => boolean;
}
