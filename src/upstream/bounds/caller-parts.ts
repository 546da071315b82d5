import type { ChatBody } from '../../domain/call/call.js';
import type { ModerationBody } from '../../domain/call/moderation-body.js';
import type { ModelSizes } from '../../domain/call/target.js';
import { asObject } from '../json/json.js';
import { imageTokens } from './prompt-count.js';
import { unboundedPart } from './unbounded.js';

/** Text parts, which are bounded by their bytes. */
const TEXTS: ReadonlySet<unknown> = new Set(['text', 'refusal']);

/**
 * Refuses message parts without a bound before rendering, so that the error names the caller's own field. What goes out
 * is counted and refused separately.
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

/** The same for the input of a moderation. */
export function requireCountableInput({ input }: ModerationBody, sizes: ModelSizes): void {
  if (!Array.isArray(input)) return;
  for (const [position, part] of input.entries()) {
    if (asObject(part)?.['type'] === 'image_url') imageTokens(sizes, undefined, `input[${position}]`);
  }
}

/** The most bytes of the name of a called tool. Models read a result under the tool's name, which only the call has. */
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
