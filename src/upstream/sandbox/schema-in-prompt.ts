import { asObject, parseJson, type JsonObject } from '../json/json.js';

/** The first JSON schema of an object in a text. Clients put one into a prompt that asks for JSON. */
export function schemaIn(text: string): JsonObject | undefined {
  for (let from = text.indexOf('{'); from !== -1;) {
    const end = endOfObject(text, from);
    if (end === -1) return undefined;
    const found = asObject(parseJson(text.slice(from, end)));
    if (found && asObject(found['properties'])) return found;
    from = text.indexOf('{', end);
  }
  return undefined;
}

/** The end of the object that begins here. Brackets in strings do not count. -1 if it has no end. */
function endOfObject(text: string, from: number): number {
  let level = 0;
  let isInText = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (isInText) {
      if (character === '\\') at++;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === '{') level++;
    else if (character === '}' && --level === 0) return at + 1;
  }
  return -1;
}
