import type { CanonicalEvent, CanonicalFailure, FinishReason } from '../../canonical.js';
import { asText } from '../../json/json.js';
import type { StreamParser } from '../../protocol.js';

/**
 * Why an answer ended. `unknown` is the provider's word where nobody here knows it, or none: an ordinary stop, if
 * anything was said before.
 */
export interface Ending {
  readonly reason: FinishReason;
  readonly unknown?: string;
}

/** What stands for a reason where none is given. */
export const NO_REASON = 'it says no reason';

/** Looks a reason up among those of a wire. Where none is given the answer just stopped, if there was any. */
export function endingAmong(known: ReadonlyMap<unknown, FinishReason>, value: unknown): Ending {
  const reason = known.get(value);
  return reason === undefined ? { reason: 'stop', unknown: asText(value) ?? NO_REASON } : { reason };
}

/** An answer that ended, for a reason that nobody knows, before anything was said; another try may go well. */
export function noAnswer(unknown: string): CanonicalFailure {
  return {
    kind: 'failure',
    body: { error: { message: `the model gave no answer: ${unknown}` } },
    code: 'upstream_unavailable',
  };
}

/** Whether an event is part of what the caller asked for: text or a tool call, and not thoughts about them. */
export function isOutput({ kind }: CanonicalEvent): boolean {
  return kind === 'text' || kind === 'refusal' || kind === 'tool_start';
}

/** Makes failures of the endings that nobody knows where nothing was said before. */
export function withUnknownEndings(parse: StreamParser): StreamParser {
  let hasOutput = false;
  return (event) => {
    const events = parse(event);
    if (hasOutput || !events) return events;
    for (const one of events) {
      if (isOutput(one)) hasOutput = true;
      else if (one.kind === 'finish' && one.unknown !== undefined && !hasOutput) {
        return [...events.filter(({ kind }) => kind === 'usage'), noAnswer(one.unknown)];
      }
    }
    return events;
  };
}
