import type { CanonicalEvent, CanonicalFailure, FinishReason } from '../../canonical.js';
import { asText } from '../../json/json.js';
import type { StreamParser } from '../../protocol.js';

/**
 * Why an answer ended. `unknown` is the provider's reason if Ringside does not know it. If there was output, the answer
 * ended with an ordinary stop.
 */
export interface Ending {
  readonly reason: FinishReason;
  readonly unknown?: string;
}

/** Stands for a missing reason. */
export const NO_REASON = 'it has no finish reason';

/** Looks up a reason among those of a wire. Without a reason, an answer with output has stopped. */
export function endingAmong(known: ReadonlyMap<unknown, FinishReason>, value: unknown): Ending {
  const reason = known.get(value);
  return reason === undefined ? { reason: 'stop', unknown: asText(value) ?? NO_REASON } : { reason };
}

/** The failure of an answer that ended without output and for an unknown reason. A retry may succeed. */
export function noAnswer(unknown: string): CanonicalFailure {
  return {
    kind: 'failure',
    body: { error: { message: `the model gave no answer: ${unknown}` } },
    code: 'upstream_unavailable',
  };
}

/** Whether an event is output that the caller asked for: text or a tool call, but not reasoning. */
export function isOutput({ kind }: CanonicalEvent): boolean {
  return kind === 'text' || kind === 'refusal' || kind === 'tool_start';
}

/** Turns unknown finish reasons into failures if there was no output before. */
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
