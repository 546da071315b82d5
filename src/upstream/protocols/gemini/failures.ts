import type { CanonicalFailure } from '../../canonical.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';

/** A blocked prompt: HTTP 200 with a reason and no candidate. */
export function blockedPrompt(answer: JsonObject): CanonicalFailure | undefined {
  const feedback = asObject(answer['promptFeedback']);
  const reason = asText(feedback?.['blockReason']);
  if (reason === undefined || objectsOf(answer['candidates']).length > 0) return undefined;
  const detail = asText(feedback!['blockReasonMessage']);
  const message = `the prompt was blocked: ${reason}${detail === undefined ? '' : ` (${detail})`}`;
  return { kind: 'failure', body: { error: { message } }, code: 'upstream_content_filter' };
}

/** A model that ended without output because of its own fault. A retry may succeed. */
export function modelFault({ finishReason, finishMessage }: JsonObject): CanonicalFailure {
  const detail = asText(finishMessage);
  const message = `the model gave no answer: ${asText(finishReason) ?? 'it has no finish reason'}${detail === undefined ? '' : ` (${detail})`}`;
  return { kind: 'failure', body: { error: { message } }, code: 'upstream_unavailable' };
}
