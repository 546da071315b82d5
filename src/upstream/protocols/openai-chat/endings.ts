import type { CanonicalEvent, CanonicalFailure } from '../../canonical.js';
import type { Quirks } from '../../provider.js';
import { finishReason } from './words.js';

/**
 * What the reason that a choice ended for means, in OpenAI's words or as an error.
 * @param hasSpoken whether anything was said before, which makes up for some reasons
 */
export function endingOf(reason: string, quirks: Quirks, hasSpoken: boolean): ReturnType<typeof finishReason> | CanonicalFailure {
  const { finishReasons } = quirks;
  if (!finishReasons || !Object.hasOwn(finishReasons, reason)) return finishReason(reason);
  const meant = finishReasons[reason]!;
  if (meant === 'error' || (meant === 'error-if-empty' && !hasSpoken)) {
    const body = { error: { message: `the answer broke off with finish_reason "${reason}"`, type: 'server_error' } };
    return { kind: 'failure', body, code: 'upstream_unavailable' };
  }
  return meant === 'error-if-empty' ? 'stop' : meant;
}

/** Whether an event is part of what the caller asked for: text or a tool call, and not thoughts about them. */
export function isSpoken({ kind }: CanonicalEvent): boolean {
  return kind === 'text' || kind === 'refusal' || kind === 'tool_start';
}
