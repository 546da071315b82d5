import type { JsonObject } from '../../json.js';
import { joinedContent } from './content.js';

/** The same conversation with one system message, first, and then no two neighbours of one role. */
export function inAlternatingTurns(messages: readonly JsonObject[]): JsonObject[] {
  const isSystem = ({ role }: JsonObject) => role === 'system';
  const ordered = [...messages.filter(isSystem), ...messages.filter((message) => !isSystem(message))];
  const turns: JsonObject[] = [];
  for (const message of ordered) {
    const before = turns.at(-1);
    if (before?.['role'] !== message['role']) turns.push(message);
    else turns[turns.length - 1] = { ...before, content: joinedContent(before?.['content'], message['content']) };
  }
  return turns;
}
