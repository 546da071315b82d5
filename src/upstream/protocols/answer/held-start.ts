import type { CanonicalEvent } from '../../canonical.js';
import type { StreamParser } from '../../protocol.js';

/** A start says nothing after the first few times; more of them are a provider's that is broken. */
const MOST_HELD = 16;

/**
 * Holds the beginning of an answer back until something of the answer itself is told. Wires that announce an answer
 * in an event of its own do so before they know that there will be one; an error in its place is then an ordinary error
 * with its own status, and the call can be tried elsewhere.
 */
export function withStartHeld(parse: StreamParser): StreamParser {
  let held: readonly CanonicalEvent[] = [];
  return (event) => {
    const events = parse(event);
    if (!events || events.length === 0) return events;
    if (events.every(({ kind }) => kind === 'start')) {
      if (held.length < MOST_HELD) held = [...held, ...events];
      return [];
    }
    const begun = isBareFailure(events) ? events : [...held, ...events];
    held = [];
    return begun;
  };
}

/** A failure, with no more before it than what it has cost. */
function isBareFailure(events: readonly CanonicalEvent[]): boolean {
  return events.find(({ kind }) => kind !== 'usage')?.kind === 'failure';
}
