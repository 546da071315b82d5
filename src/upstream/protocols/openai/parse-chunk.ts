import { ANSWER } from '../../../domain/json/exact-json.js';
import type { CanonicalEvent } from '../../canonical.js';
import { asObject, asText, objectsOf, parseJson, valueAt, type JsonObject } from '../../json/json.js';
import { isError, saysFailure } from '../../errors/failure-body.js';
import type { Quirks } from '../../quirks.js';
import { choiceIndex } from '../answer/answer-metadata.js';
import type { FramedEvent } from '../../protocol.js';
import { outputOfParts } from './content.js';
import { isOutput } from '../answer/unknown-endings.js';
import { endingOf } from './endings.js';
import { hasTokens, openaiLogprobs } from './logprobs.js';
import { usageIn } from './usage.js';
import { answerMetadata, reasoningText, toolCallParts } from './answer-parts.js';

/**
 * Reads one event of a stream: a chunk, or an error in its place.
 * @param hasOutput whether earlier events had output
 */
export function parseEvent(
  { event, data }: FramedEvent,
  quirks: Quirks,
  hasOutput = false,
): CanonicalEvent[] | undefined {
  const chunk = asObject(parseJson(data, undefined, ANSWER));
  if (!chunk) return undefined;
  if (event !== 'error' && !isError(chunk['error'])) return parseChunk(chunk, quirks, hasOutput);
  // The counts beside an error are the usage so far.
  const usage = usageIn(chunk, quirks.response);
  return [...(usage ? [{ kind: 'usage' as const, usage }] : []), { kind: 'failure', body: chunk }];
}

/** Reads one `chat.completion.chunk`, in OpenAI's form or a variant of it. */
export function parseChunk(chunk: JsonObject, quirks: Quirks = {}, hasOutput = false): CanonicalEvent[] {
  const head = answerMetadata(chunk);
  const events: CanonicalEvent[] = [{ kind: 'start', ...head }];
  for (const choice of objectsOf(chunk['choices'])) {
    readChoice(choice, choiceIndex(choice['index'], 0), events, quirks, hasOutput);
  }
  const usage = usageIn(chunk, quirks.response);
  // A failure ends the answer, so the usage comes before it.
  if (usage) events.splice(events.at(-1)!.kind === 'failure' ? -1 : events.length, 0, { kind: 'usage', usage });
  const stoppedBy = asText(valueAt(chunk, quirks.errors?.errorAt));
  if (stoppedBy !== undefined) events.push({ kind: 'failure', body: { error: { message: stoppedBy } } });
  const isNone = events.length === 1 && !('choices' in chunk);
  if (isNone && (chunk['object'] === 'error' || saysFailure(chunk))) return [{ kind: 'failure', body: chunk }];
  // A first chunk without id and content must not set the stream's metadata.
  return events.length === 1 && head.id === undefined && head.model === undefined ? [] : events;
}

function readChoice(
  raw: JsonObject,
  choice: number,
  events: CanonicalEvent[],
  quirks: Quirks,
  hasOutput: boolean,
): void {
  const delta = asObject(raw['delta']) ?? {};
  const { content } = delta;
  const parts = Array.isArray(content) ? outputOfParts(content) : undefined;
  const text = parts ? parts.text : asText(content);
  const reasoning = reasoningText(delta) ?? parts?.reasoning;
  const refusal = asText(delta['refusal']);
  const toolCalls = objectsOf(delta['tool_calls']);
  const logprobs = quirks.request?.integerLogprobs
    ? openaiLogprobs(raw['logprobs'], text)
    : (raw['logprobs'] ?? undefined);
  const hasText = text !== undefined || reasoning !== undefined || refusal !== undefined;

  if (delta['role'] && (hasText || toolCalls.length === 0)) {
    events.push({
      kind: 'open',
      choice,
      content: content === null && !hasText && !('reasoning_content' in delta) ? null : '',
    });
  }
  if (reasoning !== undefined) events.push({ kind: 'reasoning', choice, text: reasoning });
  if (text !== undefined || (refusal === undefined && hasTokens(logprobs))) {
    events.push({ kind: 'text', choice, text: text ?? '', logprobs });
  }
  if (refusal !== undefined) events.push({ kind: 'refusal', choice, text: refusal, logprobs });
  const { annotations } = delta;
  if (Array.isArray(annotations) && annotations.length > 0) events.push({ kind: 'annotations', choice, annotations });
  for (const call of toolCalls) readToolCall(call, choice, events);
  const legacy = asObject(delta['function_call']);
  if (legacy) readToolCall({ index: 'function_call', function: legacy }, choice, events);
  if (isError(raw['error'])) {
    events.push({ kind: 'failure', body: raw });
    return;
  }
  const finish = asText(raw['finish_reason']);
  if (finish === undefined) return;
  const ending = endingOf(finish, hasOutput || events.some(isOutput), quirks.response);
  events.push(typeof ending === 'string' ? { kind: 'finish', choice, reason: ending } : ending);
}

/** Some providers leave out `index`. Then the call's id identifies it, or else its position. */
function readToolCall(call: JsonObject, choice: number, events: CanonicalEvent[]): void {
  const index = call['index'];
  const { id, name, args, isCustom } = toolCallParts(call);
  const key = typeof index === 'number' || typeof index === 'string' ? placeOf(index) : id;
  if (name !== undefined) events.push({ kind: 'tool_start', choice, key, id, name, ...(isCustom && { isCustom }) });
  if (args !== undefined) events.push({ kind: 'tool_args', choice, key, ...(id !== undefined && { id }), text: args });
}

/** Some providers send the index as text, or only sometimes. */
function placeOf(index: number | string): number | string {
  return typeof index === 'string' && /^\d{1,9}$/.test(index) ? Number(index) : index;
}
