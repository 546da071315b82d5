import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import type { RequestQuirks } from '../../quirks.js';
import { argumentsText } from '../request/call-arguments.js';
import { trueDataUrl } from '../request/data-url.js';
import { isInstruction } from '../request/system-first.js';
import { readSound } from '../request/sound.js';
import { BEGINNING, GO_ON, RESULT_SEEN } from '../request/inserted-messages.js';
import { textOfContent } from './content.js';

/**
 * Repairs parts of a conversation that only OpenAI accepts: arguments that are not a JSON object, and images, files and
 * audio that do not have their declared type.
 */
export function withValidParts(message: JsonObject): JsonObject {
  const { content, tool_calls: calls } = message;
  if (!Array.isArray(content) && !Array.isArray(calls)) return message;
  return {
    ...message,
    ...(Array.isArray(content) && {
      content: content.map((item: unknown) => (asObject(item) ? withTrueFile(item) : item)),
    }),
    ...(Array.isArray(calls) && { tool_calls: calls.map(withValidArguments) }),
  };
}

function withValidArguments(item: unknown): unknown {
  const call = asObject(item);
  const called = asObject(call?.['function']);
  const written = called?.['arguments'];
  if (typeof written !== 'string') return item;
  const valid = argumentsText(written);
  return valid === written ? item : { ...call, function: { ...called, arguments: valid } };
}

function withTrueFile(item: unknown): unknown {
  const part = asObject(item);
  const { image_url: image, file, input_audio: sound } = part ?? {};
  if (typeof image === 'string') return { ...part, image_url: trueDataUrl(image) };
  return {
    ...part,
    ...withTrueUrl('image_url', image, 'url'),
    ...withTrueUrl('file', file, 'file_data'),
    ...withTrueFormat(sound),
  };
}

function withTrueFormat(value: unknown): JsonObject | undefined {
  const sound = readSound(value);
  return sound && { input_audio: { ...asObject(value), ...sound } };
}

function withTrueUrl(field: string, value: unknown, urlAt: string): JsonObject | undefined {
  const held = asObject(value);
  const url = asText(held?.[urlAt]);
  return url === undefined ? undefined : { [field]: { ...held, [urlAt]: trueDataUrl(url) } };
}

/** The conversation without empty assistant turns and without empty earlier messages of the user and the system. */
export function withoutEmptyTurns(messages: readonly JsonObject[]): readonly JsonObject[] {
  return messages.filter((message, position) => {
    const { role, content } = message;
    if (role === 'assistant') return hasContent(message);
    return role === 'tool' || position === messages.length - 1 || !isNothing(content);
  });
}

function isNothing(content: unknown): boolean {
  if (!Array.isArray(content)) return content === undefined || content === null || content === '';
  return content.every((part) => asObject(part)?.['type'] === 'text' && asObject(part)?.['text'] === '');
}

/** Content other than text counts. So do a refusal and a router's `reasoning_details`. */
function hasContent({
  content,
  refusal,
  tool_calls: calls,
  function_call: called,
  reasoning_details: thoughts,
}: JsonObject): boolean {
  if (
    objectsOf(calls).length > 0 ||
    asObject(called) ||
    asText(refusal) !== undefined ||
    objectsOf(thoughts).length > 0
  )
    return true;
  const isOther =
    Array.isArray(content) &&
    objectsOf(content).some(({ text, refusal }) => typeof text !== 'string' && typeof refusal !== 'string');
  return isOther || textOfContent(content).trim() !== '';
}

/** The conversation with an assistant turn after each tool result. Some servers accept no other turn there. */
export function withAnswersToTools(messages: readonly JsonObject[]): readonly JsonObject[] {
  return messages.flatMap((message, position) => {
    const { role } = message;
    const isUnanswered =
      position > 0 && messages[position - 1]!['role'] === 'tool' && role !== 'tool' && role !== 'assistant';
    return isUnanswered ? [{ role: 'assistant', content: RESULT_SEEN }, message] : [message];
  });
}

/** The conversation with an end that the model answers, if it ends with the assistant or has only system messages. */
export function withLastTurnRendered(
  messages: readonly JsonObject[],
  model: string,
  { assistantLast = [] }: RequestQuirks,
): readonly JsonObject[] {
  const means = assistantLast.find(({ models }) => models.test(model))?.action;
  const last = messages.at(-1);
  if (means !== undefined && messages.every(isInstruction)) return [...messages, { role: 'user', content: BEGINNING }];
  if (last?.['role'] !== 'assistant') return messages;
  if (means === undefined || (means === 'asked' && last['prefix'] === true)) return messages;
  if (means === 'asked') return [...messages, { role: 'user', content: GO_ON }];
  return [
    ...messages.slice(0, -1),
    means === 'prefix' ? { ...last, prefix: true } : { ...last, content: withoutSpaceAtEnd(last['content']) },
  ];
}

/** Claude does not continue a text that ends with white space. */
function withoutSpaceAtEnd(content: unknown): unknown {
  if (typeof content === 'string') return content.trimEnd();
  const part = Array.isArray(content) ? asObject(content.at(-1)) : undefined;
  const text = part?.['text'];
  return typeof text === 'string'
    ? [...(content as unknown[]).slice(0, -1), { ...part, text: text.trimEnd() }]
    : content;
}
