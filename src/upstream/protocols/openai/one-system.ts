import type { JsonObject } from '../../json/json.js';
import { isInstruction, systemFirst } from '../request/system-first.js';
import { joinedContents } from './content.js';

/** The same conversation with at most one system message, at the beginning. */
export function withOneSystem(messages: readonly JsonObject[]): readonly JsonObject[] {
  const ordered = systemFirst(messages);
  const systemMessages = ordered.filter(isInstruction);
  if (systemMessages.length <= 1) return ordered;
  return [
    { ...systemMessages[0], content: joinedContents(systemMessages.map((message) => message['content'])) },
    ...ordered.slice(systemMessages.length),
  ];
}
