import { isTokenCount, tokenUsage } from '../../../domain/pricing/tokens.js';
import type { CanonicalFailure, CanonicalUsage, FinishReason } from '../../canonical.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { headerOf } from '../../wire.js';
import type { AnswerContext } from '../../protocol.js';
import { isUnlisted, usesIn } from '../answer/price-terms.js';
import { endingAmong, type Ending } from '../answer/unknown-endings.js';
import { shownUsage } from '../answer/shown-usage.js';

const FINISHES: ReadonlyMap<unknown, FinishReason> = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
]);

/** Stop reasons for model output that Bedrock could not read: half an answer, or none. */
const MALFORMED: ReadonlySet<string> = new Set(['malformed_model_output', 'malformed_tool_use']);

/** Why an answer ended. */
export function endingOf(stopReason: unknown): Ending {
  return endingAmong(FINISHES, stopReason);
}

/** The failure for a stop reason. Undefined if it is not a failure. */
export function failureOfStop(stopReason: unknown): CanonicalFailure | undefined {
  const reason = asText(stopReason);
  if (reason === undefined || !MALFORMED.has(reason)) return undefined;
  const message = `the model's output could not be read (${reason})`;
  return { kind: 'failure', body: { error: { message, type: reason } }, code: 'upstream_invalid_response' };
}

/** The metadata of an answer. Bedrock sends neither model nor time, and the id only in a header. */
export function answerMetadata({ headers }: AnswerContext) {
  const requestId = headerOf(headers, 'x-amzn-requestid');
  return {
    id: requestId === undefined ? undefined : `chatcmpl-${requestId}`,
    model: undefined,
    created: undefined,
    serviceTier: undefined,
    systemFingerprint: undefined,
  };
}

/**
 * OpenAI's counts. Bedrock counts cache reads and writes in addition to the input, and has the terms outside the usage.
 */
export function parseUsage({ usage: value, serviceTier, performanceConfig }: JsonObject): CanonicalUsage | undefined {
  const usage = asObject(value);
  if (!usage) return undefined;
  const {
    inputTokens,
    outputTokens,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: written,
    cacheDetails,
  } = usage;
  if (!isTokenCount(inputTokens) || !isTokenCount(outputTokens)) return undefined;
  const keptForAnHour = objectsOf(cacheDetails).filter(({ ttl }) => ttl === '1h');
  const tokens = tokenUsage({
    input: count(inputTokens) + count(cached) + count(written),
    cachedInput: cached,
    cacheWrite: written,
    cacheWrite1h: keptForAnHour.reduce((sum, { inputTokens: some }) => sum + count(some), 0),
    output: outputTokens,
  });
  return {
    tokens,
    shown: shownUsage(tokens, { cacheWrites: typeof written === 'number' ? count(written) : undefined }),
    ...usesIn(usage['serverToolUsage']),
    ...(isUnlisted(asObject(serviceTier)?.['type'], asObject(performanceConfig)?.['latency']) && { isUnlisted: true }),
  };
}

function count(value: unknown): number {
  return isTokenCount(value) ? value : 0;
}
