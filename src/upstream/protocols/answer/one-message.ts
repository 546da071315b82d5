import type { CanonicalFailure } from '../../canonical.js';
import type { StreamParser } from '../../protocol.js';

/**
 * Refuses a stream in which a second message begins before the first has ended. The texts and tool calls of two mixed
 * answers cannot be separated. A repeated start has the same id, or comes before anything else.
 * @param hasIds whether messages have ids in their streams
 */
export function withOneMessage(parse: StreamParser, hasIds = true): StreamParser {
  let begun: string | undefined;
  let hasContent = false;
  return (event) => {
    const events = parse(event);
    const [first] = events ?? [];
    if (first?.kind !== 'start') {
      hasContent ||= first !== undefined;
      return events;
    }
    const isOther = hasIds && begun !== undefined && first.id !== undefined ? first.id !== begun : hasContent;
    if (isOther) return [mixedUp()];
    begun ??= first.id;
    return events;
  };
}

function mixedUp(): CanonicalFailure {
  const message = 'a second message begins in the middle of the first one';
  return { kind: 'failure', body: { error: { message } }, code: 'upstream_invalid_response' };
}
