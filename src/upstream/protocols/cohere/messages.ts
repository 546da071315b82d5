import type { ProtocolCall } from '../../exchange.js';
import type { JsonObject } from '../../json/json.js';
import { argumentsText } from '../request/call-arguments.js';
import { trueDataUrl } from '../request/data-url.js';
import { isInstruction, systemFirst } from '../request/system-first.js';
import { BEGINNING, GO_ON } from '../request/inserted-messages.js';
import { answeredCall, callsOf, imageOf, partsOf, type MessagePart } from '../request/message-parts.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import type { CohereContent, CohereMessage } from './wire.js';

type Detail = 'auto' | 'low' | 'high';

/**
 * Translates the messages. Empty ones are left out. The last message must be the user's or a tool's: system messages at
 * the end go first, and after an assistant message the user asks to go on.
 * @throws RingsideError `unsupported_parameter` naming a part that Cohere does not support, `invalid_parameter` naming
 * an invalid one
 */
export function renderMessages({ provider, body }: ProtocolCall): CohereMessage[] {
  const messages = body.messages.flatMap((message, position) =>
    renderMessage(message, `messages[${position}]`, provider),
  );
  if (messages.at(-1)?.role === 'assistant') return [...messages, { role: 'user', content: GO_ON }];
  const isAnswerable = messages.at(-1)?.role === 'user' || messages.at(-1)?.role === 'tool';
  if (isAnswerable) return messages;
  return messages.every(isInstruction)
    ? [...messages, { role: 'user', content: BEGINNING }]
    : [...systemFirst(messages)];
}

function renderMessage(message: JsonObject, place: string, provider: string): CohereMessage[] {
  const parts = partsOf(message, place);
  switch (message['role']) {
    case 'system':
    case 'developer':
      return parts.length === 0 ? [] : [{ role: 'system', content: textOf(parts, provider) }];
    case 'user':
      return parts.length === 0 ? [] : [{ role: 'user', content: contentOf(parts, provider) }];
    case 'assistant':
      return assistantMessage(message, parts, place, provider);
    case 'tool':
      return [{ role: 'tool', tool_call_id: answeredCall(message, place), content: textOf(parts, provider) }];
    default:
      throw unsupported(provider, `${place}.role`, `messages of role ${shownValue(message['role'])}`);
  }
}

/** Cohere takes no text beside calls. The text before calls was the plan, which newer models refuse. */
function assistantMessage(
  message: JsonObject,
  parts: readonly MessagePart[],
  place: string,
  provider: string,
): CohereMessage[] {
  const calls = callsOf(message, place, provider);
  if (calls.length === 0) {
    const text = textOf(parts, provider);
    return text.trim() === '' ? [] : [{ role: 'assistant', content: text }];
  }
  return [
    {
      role: 'assistant',
      tool_calls: calls.map(({ id, name, arguments: written }) => ({
        id,
        type: 'function',
        function: { name, arguments: argumentsText(written) },
      })),
    },
  ];
}

/** Texts go before images. */
function contentOf(parts: readonly MessagePart[], provider: string): string | CohereContent[] {
  if (parts.every(({ part }) => part['type'] === 'text')) return textOf(parts, provider);
  const content = parts.map((part) => renderPart(part, provider));
  return [...content.filter(({ type }) => type === 'text'), ...content.filter(({ type }) => type !== 'text')];
}

function renderPart(message: MessagePart, provider: string): CohereContent {
  if (message.part['type'] === 'text') return { type: 'text', text: String(message.part['text']) };
  if (message.part['type'] !== 'image_url') throw unknownPart(message, provider);
  const { url, detail } = imageOf(message);
  return { type: 'image_url', image_url: { url: trueDataUrl(url), ...(isDetail(detail) && { detail }) } };
}

function isDetail(detail: unknown): detail is Detail {
  return detail === 'auto' || detail === 'low' || detail === 'high';
}

function textOf(parts: readonly MessagePart[], provider: string): string {
  const other = parts.find(({ part }) => part['type'] !== 'text');
  if (other) throw unknownPart(other, provider);
  return parts.map(({ part }) => String(part['text'])).join('\n\n');
}

function unknownPart({ part, place }: MessagePart, provider: string): Error {
  return unsupported(provider, place, `parts of type ${shownValue(part['type'])} here`);
}
