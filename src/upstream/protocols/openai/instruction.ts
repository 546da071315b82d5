import { asObject, objectsOf } from '../../json/json.js';
import { joinedContents, textOfContent } from './content.js';

/** Adds an instruction to the first message if it is a system message. Otherwise a system message is inserted first. */
export function instruct(wire: Record<string, unknown>, instruction: string): void {
  const messages = wire['messages'] as readonly unknown[];
  const first = asObject(messages[0]);
  wire['messages'] =
    first?.['role'] === 'system' || first?.['role'] === 'developer'
      ? [{ ...first, content: joinedContents([first['content'], instruction]) }, ...messages.slice(1)]
      : [{ role: 'system', content: instruction }, ...messages];
}

/** Whether the text of any message matches. */
export function isMentioned(wire: Record<string, unknown>, pattern: RegExp): boolean {
  return objectsOf(wire['messages']).some(({ content }) => pattern.test(textOfContent(content)));
}
