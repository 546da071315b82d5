import type { JsonObject } from '../../json/json.js';
import { isInstruction, systemFirst } from '../request/system-first.js';
import { joinedContents } from './content.js';

/** The same conversation with one system message at most, before what was said. */
export function withOneSystem(messages: readonly JsonObject[]): readonly JsonObject[] {
  const ordered = systemFirst(messages);
  const told = ordered.filter(isInstruction);
  if (told.length <= 1) return ordered;
  return [
    { ...told[0], content: joinedContents(told.map((message) => message['content'])) },
    ...ordered.slice(told.length),
  ];
}
