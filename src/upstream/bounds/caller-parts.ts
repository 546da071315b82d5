import type { ChatBody } from '../../domain/call/call.js';
import type { ModerationBody } from '../../domain/call/moderation-body.js';
import type { ModelSizes } from '../../domain/call/target.js';
import { asObject } from '../json/json.js';
import { imageTokens } from './prompt-count.js';
import { unboundedPart } from './unbounded.js';

/** Parts that are text, so that their bytes bound them. */
const TEXTS: ReadonlySet<unknown> = new Set(['text', 'refusal']);

/**
 * Refuses what no bound has in the messages as the caller wrote them, where it can be named as the caller knows it.
 * What goes out is counted by itself, and refused there too.
 * @throws RingsideError `model_unpriced` naming the part
 */
export function requireCountableParts({ messages }: ChatBody, sizes: ModelSizes): void {
  for (const [position, message] of messages.entries()) {
    const { audio, content } = message;
    if (audio !== undefined && audio !== null) throw unboundedPart(`messages[${position}].audio`, 'audio');
    if (!Array.isArray(content)) continue;
    for (const [at, item] of content.entries()) {
      const part = asObject(item);
      const place = `messages[${position}].content[${at}]`;
      const type = part?.['type'];
      if (type === 'image_url') imageTokens(sizes, asObject(part!['image_url'])?.['detail'], place);
      else if (part && !TEXTS.has(type)) throw unboundedPart(place, `a part of type ${JSON.stringify(type)}`);
    }
  }
}

/** The same for what is to be judged. */
export function requireCountableInput({ input }: ModerationBody, sizes: ModelSizes): void {
  if (!Array.isArray(input)) return;
  for (const [position, part] of input.entries()) {
    if (asObject(part)?.['type'] === 'image_url') imageTokens(sizes, undefined, `input[${position}]`);
  }
}

/**
 * The most bytes of the name of a tool that was called: models read a tool's answer under its name, which stands only
 * in the call.
 */
export function answeredNamesBytes({ messages }: ChatBody): number {
  let answers = 0;
  let longest = 0;
  for (const { tool_call_id: answered, tool_calls: calls } of messages) {
    if (answered !== undefined) answers++;
    if (!Array.isArray(calls)) continue;
    for (const item of calls) {
      const call = asObject(item);
      const name = asObject(call?.['function'] ?? call?.['custom'])?.['name'];
      if (name !== undefined)
        longest = Math.max(longest, Buffer.byteLength(typeof name === 'string' ? name : JSON.stringify(name)));
    }
  }
  return answers * longest;
}
