import type { Decider } from '../../src/domain/decider.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import type { LedgerEvent } from '../../src/domain/events/index.js';

/** The moment of a decision, where a case does not say another. */
export const NOW_MS = Date.UTC(2026, 10, 22, 12);

/** What a case says of an event: its type, and every part that it is about, whole. */
type PartOf<Event extends LedgerEvent> = Event extends LedgerEvent ? Pick<Event, 'type'> & Partial<Event> : never;

/**
 * A case of a decider: `given(decider, ...events).when(command).then([...events])`. The id of an event is its step.
 * A context adds to what the decision knows, or changes the moment.
 */
export function given<State, Command extends { readonly type: string }, Event extends LedgerEvent, Outcome>(
  decider: Decider<State, Command, Event, Outcome>,
  ...events: readonly Event[]
) {
  const state = events.reduce<State>((before, event) => decider.evolve(before, event), decider.initial);
  return {
    when(command: Command, context: object = {}) {
      const decide = () => decider.decide(command, state, { nowMs: NOW_MS, idOf: (step) => step, ...context });
      return {
        /** Exactly these events come of it. */
        // oxlint-disable-next-line unicorn/no-thenable -- nobody awaits a case
        then(expected: readonly PartOf<Event>[]) {
          const { events: decided, outcome } = decide();
          expect(decided).toEqual(expected.map((part) => expect.objectContaining(part)));
          return { answering: (told: Outcome) => expect(outcome).toEqual(told) };
        },
        /** It is refused with this error. */
        refused(code: ErrorCode, message: string) {
          expect(decide).toThrow(expect.objectContaining({ code, message }));
        },
      };
    },
  };
}
