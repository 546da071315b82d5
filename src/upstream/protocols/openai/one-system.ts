import type { JsonObject } from '../../json/json.js';
import { isInstruction, systemFirst } from '../request/system-first.js';
import { joinedContents } from './content.js';

/** The same conversation with one system message at most, before what was said. */
export function withOneSystem(messages: readonly JsonObject[]): readonly JsonObject[] {
  const ordered = systemFirst(messages);
  const systemMessages = ordered.filter(isInstruction);
  if (systemMessages.length <= 1) return ordered;
  return [
    { ...systemMessages[0], content: joinedContents(systemMessages.map((message) => message['content'])) },
    ...ordered.slice(systemMessages.length),
  ];
}
