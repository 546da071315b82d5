import type { JsonObject } from '../../json/json.js';
import { systemFirst } from '../request/system-first.js';
import { BEGINNING } from '../request/inserted-messages.js';
import { joinedContents } from './content.js';

/** The same conversation with one system message first, then alternating roles that begin with the user. */
export function inAlternatingTurns(messages: readonly JsonObject[]): JsonObject[] {
  const turns: { readonly first: JsonObject; readonly contents: unknown[] }[] = [];
  for (const message of systemFirst(messages)) {
    const { role, content } = message;
    const turn = turns.at(-1);
    if (role === 'assistant' && (turn === undefined || turn.first['role'] === 'system'))
      turns.push({ first: { role: 'user' }, contents: [BEGINNING] });
    if (turn?.first['role'] === role) turn!.contents.push(content);
    else turns.push({ first: message, contents: [content] });
  }
  return turns.map(({ first, contents }) => ({ ...first, content: joinedContents(contents) }));
}
