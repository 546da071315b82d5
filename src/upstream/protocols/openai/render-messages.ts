import type { ProtocolCall } from '../../exchange.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import type { Quirks, RequestQuirks } from '../../quirks.js';
import { inAlternatingTurns } from './alternating-turns.js';
import { flattenedContent } from './content.js';
import { withWantedReasoning } from './earlier-reasoning.js';
import { withLastTurnRendered, withAnswersToTools, withoutEmptyTurns, withValidParts } from './earlier-turns.js';
import { requireKnownMessages } from './message-checks.js';
import { withOneSystem } from './one-system.js';
import { withShortToolIds } from './tool-call-ids.js';

/**
 * The messages as the provider takes them.
 * @throws RingsideError `unsupported_parameter` naming a part that it does not take
 */
export function renderMessages(call: ProtocolCall, quirks: Quirks): readonly JsonObject[] {
  const { model, body } = call;
  const { request = {}, response } = quirks;
  const { messageFields } = request;
  requireKnownMessages(call, request);
  const earlier = withWantedReasoning(withEarlierReasoning(body.messages, request), model, request);
  let messages: readonly JsonObject[] = earlier.map(withoutExtraContent);
  if (!request.asSent && !request.knowsRefusals) messages = messages.map(withPlainRefusal);
  if (messageFields) messages = messages.map((message) => withFields(message, messageFields));
  else if (!response?.passthrough) messages = messages.map(withoutIdleFields);
  if (!request.asSent) messages = messages.map(withValidParts);
  if (request.oneSystem) messages = withOneSystem(messages);
  if (request.noEmptyTurns) messages = withoutEmptyTurns(messages);
  if (request.answersAfterTools) messages = withAnswersToTools(messages);
  if (request.noDeveloperRole)
    messages = messages.map((message) => (message['role'] === 'developer' ? { ...message, role: 'system' } : message));
  if (request.textContent)
    messages = messages.map((message) => ({ ...message, content: flattenedContent(message['content']) }));
  if (request.shortToolIds) messages = withShortToolIds(messages);
  return withLastTurnRendered(request.alternatingTurns ? inAlternatingTurns(messages) : messages, model, request);
}

/** Earlier reasoning under the provider's name. A value that the caller sent under that name wins. */
function withEarlierReasoning(
  messages: readonly JsonObject[],
  { reasoningField: field }: RequestQuirks,
): readonly JsonObject[] {
  if (field === undefined) return messages;
  return messages.map((message) => {
    const thought = asText(message['reasoning_content']);
    const isSent = message['role'] !== 'assistant' || isSet(message[field]) || isSet(message['reasoning_details']);
    return thought === undefined || isSent ? message : { ...message, [field]: thought };
  });
}

/** Tool calls without `extra_content` of another provider. Other providers refuse it. */
function withoutExtraContent(message: JsonObject): JsonObject {
  const calls = objectsOf(message['tool_calls']);
  if (!calls.some((call) => 'extra_content' in call)) return message;
  return { ...message, tool_calls: calls.map((call) => ({ ...call, extra_content: undefined })) };
}

/** An earlier answer without its empty fields, because some API versions do not know them. */
function withoutIdleFields(message: JsonObject): JsonObject {
  if (message['role'] !== 'assistant') return message;
  const isIdle = (value: unknown) => !isSet(value) || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(message).filter(([field, value]) => field === 'content' || !isIdle(value)));
}

/** A message with only these fields. */
function withFields(message: JsonObject, fields: readonly string[]): JsonObject {
  const known: Record<string, unknown> = {};
  for (const field of fields) if (isSet(message[field])) known[field] = message[field];
  known['content'] = message['content'];
  if (message['role'] !== 'tool') delete known['name'];
  const calls = objectsOf(message['tool_calls']).map(plainCall);
  if (calls.length > 0) known['tool_calls'] = calls;
  else delete known['tool_calls'];
  return known;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * A refusal in an earlier turn becomes text if the provider does not know refusals. A turn that only calls tools gets a
 * `content` of null: OpenAI does not need the field, others do.
 */
function withPlainRefusal(message: JsonObject): JsonObject {
  if (message['role'] !== 'assistant') return message;
  const { content, refusal } = message;
  const text = isSet(content) && content !== '' ? withPlainParts(content) : (asText(refusal) ?? content ?? null);
  return { ...message, content: text, refusal: undefined };
}

function withPlainParts(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((part: unknown) => {
    const refusal = asObject(part)?.['refusal'];
    return typeof refusal === 'string' ? { type: 'text', text: refusal } : part;
  });
}

/** A tool call with only OpenAI's fields, without an index. */
function plainCall({ id, type, function: called, custom }: JsonObject): JsonObject {
  return { id, type: type ?? 'function', function: called, custom };
}
