import type { ProtocolCall } from '../../exchange.js';
import type { JsonObject } from '../../json/json.js';
import { trueDataUrl } from '../request/data-url.js';
import { malformed } from '../request/malformed.js';
import { callsOf, imageOf, partsOf, type MessagePart } from '../request/message-parts.js';
import { shownValue, unsupported } from '../request/unsupported.js';

/** A conversation as models take it that know nothing but a text to go on with. */
export interface ReplicatePrompt {
  readonly text: string;
  readonly instructions: readonly string[];
  /** By URL, and where they stand in the request. */
  readonly images: readonly { readonly url: string; readonly place: string }[];
}

const SPEAKERS = { user: 'User', assistant: 'Assistant' } as const;

/**
 * Writes the caller's messages down. A single question is itself, a conversation is told line by line up to where the
 * assistant is to go on.
 * @throws RingsideError naming the message, or the part of it, that cannot be written down
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
  // A prompt there must be.
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
