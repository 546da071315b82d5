import type { CanonicalEvent } from '../../canonical.js';
import type { StreamParser } from '../../protocol.js';

/** The most start events that are held. More of them come only from a broken provider. */
const MOST_HELD = 16;

/**
 * Holds the start of an answer until its content comes. Some wires send the start before they know whether there will
 * be an answer. An error after it is then an ordinary error with its own status, and the call can be retried.
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

/** A failure with nothing before it but usage. */
function isBareFailure(events: readonly CanonicalEvent[]): boolean {
  return events.find(({ kind }) => kind !== 'usage')?.kind === 'failure';
}
