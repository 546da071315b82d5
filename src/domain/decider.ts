/**
 * The rules of one kind of stream, as pure functions. A command is plain JSON (money as decimal strings), so that it
 * can cross a thread or a process, and so is a state.
 */
export interface Decider<State, Command extends { readonly type: string }, Event, Outcome> {
  /** The state of a stream without events. */
  readonly initial: State;
  /** The state after one more event of the stream. */
  evolve(state: State, event: Event): State;
  /**
   * What a command comes to on a state. Repeatable: when another writer was first it is asked again on the newer state,
   * and its events keep their ids.
   * @throws RingsideError when the command is refused
   */
  decide(command: Command, state: State, context: DecisionContext): Decision<Event, Outcome>;
}

/** What a command comes to: the events to be appended, and the answer for the caller once they are durable. */
export interface Decision<Event, Outcome> {
  readonly events: readonly Event[];
  readonly outcome: Outcome;
}

/** What a decision may know beside the command and the state. The ledger makes it for each decision. */
export interface DecisionContext {
  /** The moment of the decision, in Unix milliseconds. */
  readonly nowMs: number;
  /** The id of the event of one step of the command's cause: the same on every try, and no other cause's. */
  readonly idOf: (step: string) => string;
}
