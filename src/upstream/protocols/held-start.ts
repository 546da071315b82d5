import type { CanonicalEvent } from '../canonical.js';
import type { StreamParser } from './protocol.js';

/**
 * Holds the beginning of an answer back until something of the answer itself is told. Wires that announce an answer
 * in an event of its own do so before they know that there will be one; an error in its place is then an ordinary error
 * with its own status, and the call can be tried elsewhere.
 */
export function withStartHeld(parse: StreamParser): StreamParser {
  let held: readonly CanonicalEvent[] = [];
  return (event) => {
    const told = parse(event);
    if (!told || told.length === 0) return told;
    if (told.every(({ kind }) => kind === 'start')) {
      held = [...held, ...told];
      return [];
    }
    const begun = told[0]!.kind === 'failure' ? told : [...held, ...told];
    held = [];
    return begun;
  };
}
