import type { ProtocolCall } from '../../exchange.js';
import type { JsonObject } from '../../json/json.js';
import { trueDataUrl } from '../request/data-url.js';
import { malformed } from '../request/malformed.js';
import { callsOf, imageOf, partsOf, type MessagePart } from '../request/message-parts.js';
import { shownValue, unsupported } from '../request/unsupported.js';

/** A conversation for models that only take a text to continue. */
export interface ReplicatePrompt {
  readonly text: string;
  readonly instructions: readonly string[];
  /** By URL, with their paths in the request. */
  readonly images: readonly { readonly url: string; readonly place: string }[];
}

const SPEAKERS = { user: 'User', assistant: 'Assistant' } as const;

/**
 * Writes the messages as a prompt. A single question is the prompt itself. A conversation becomes lines, and the last
 * one is for the assistant.
 * @throws RingsideError naming the message or part that cannot be written
 */
export function promptOf({ provider, body: { messages } }: ProtocolCall): ReplicatePrompt {
  const instructions: string[] = [];
  const images: { url: string; place: string }[] = [];
  const turns: { role: keyof typeof SPEAKERS; text: string }[] = [];
  for (const [position, message] of messages.entries()) {
    const place = `messages[${position}]`;
    const { role } = message;
    const parts = partsOf(message, place);
    const seen = role === 'user' ? parts.filter(({ part }) => part['type'] === 'image_url') : [];
    images.push(...seen.map((part) => ({ url: trueDataUrl(imageOf(part).url), place: `${part.place}.image_url` })));
    const text = textOf(
      parts.filter((part) => !seen.includes(part)),
      provider,
    );
    if (role === 'system' || role === 'developer') instructions.push(...(text === '' ? [] : [text]));
    else if (role === 'user' || role === 'assistant') {
      refuseCalls(message, place, provider);
      if (text !== '') turns.push({ role, text });
    } else throw unsupported(provider, `${place}.role`, `messages of role ${shownValue(role)}`);
  }
  const [only, ...others] = turns;
  if (only && others.length === 0 && only.role === 'user') return { text: only.text, instructions, images };
  if (only)
    return {
      text: [...turns.map(({ role, text }) => `${SPEAKERS[role]}: ${text}`), 'Assistant:'].join('\n'),
      instructions,
      images,
    };
  if (instructions.length === 0 && images.length === 0)
    throw malformed('messages', 'a list with at least one text or image');
  // A prompt is required.
  return { text: instructions.join('\n\n'), instructions: [], images };
}

function refuseCalls(message: JsonObject, place: string, provider: string): void {
  if (callsOf(message, place, provider).length > 0) throw unsupported(provider, `${place}.tool_calls`, 'tool calls');
}

function textOf(parts: readonly MessagePart[], provider: string): string {
  return parts
    .map(({ part, place }) => {
      if (part['type'] !== 'text') throw unsupported(provider, place, `parts of type ${shownValue(part['type'])} here`);
      return String(part['text']);
    })
    .join('\n');
}
