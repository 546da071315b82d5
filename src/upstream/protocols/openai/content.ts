import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';

const BETWEEN = '\n\n';

/** The text of a message's content, a string or parts. Parts that are not text are left out. */
export function textOfContent(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map(({ text, refusal }) => asText(text) ?? asText(refusal))
    .filter((text) => text !== undefined)
    .join(BETWEEN);
}

/** Joins contents: strings become one string, with blank lines between. Anything else becomes parts. */
export function joinedContents(contents: readonly unknown[]): unknown {
  const nonEmpty = contents.filter((content) => !isNothing(content));
  if (nonEmpty.length <= 1) return nonEmpty[0] ?? contents.at(-1);
  return nonEmpty.every((content) => typeof content === 'string') ? nonEmpty.join(BETWEEN) : nonEmpty.flatMap(partsOf);
}

/**
 * Joins text parts into one string, for providers that take no parts. In other content, adjacent texts become one part.
 */
export function flattenedContent(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  if (content.every(isTextPart)) return textOfContent(content);
  const runs: { readonly isText: boolean; readonly parts: unknown[] }[] = [];
  for (const part of content as readonly unknown[]) {
    const isText = isTextPart(part);
    const run = runs.at(-1);
    if (run?.isText === isText) run.parts.push(part);
    else runs.push({ isText, parts: [part] });
  }
  return runs.flatMap(({ isText, parts }) => (isText ? [{ type: 'text', text: textOfContent(parts) }] : parts));
}

function isTextPart(item: unknown): boolean {
  const part = asObject(item);
  return (
    part?.['type'] !== 'image_url' && (typeof part?.['text'] === 'string' || typeof part?.['refusal'] === 'string')
  );
}

/**
 * The output in a list of parts. Some providers answer with a list of texts and thoughts, whole or in pieces, and a
 * thought has its own texts. Undefined for what no part has.
 */
export function outputOfParts(parts: unknown): {
  readonly text: string | undefined;
  readonly reasoning: string | undefined;
} {
  let text = '';
  let reasoning = '';
  for (const part of objectsOf(parts)) {
    if (part['type'] === 'thinking') reasoning += thoughtOf(part);
    else text += asText(part['text']) ?? '';
  }
  return { text: asText(text), reasoning: asText(reasoning) };
}

function thoughtOf({ thinking }: JsonObject): string {
  if (typeof thinking === 'string') return thinking;
  return objectsOf(thinking)
    .map(({ text }) => asText(text) ?? '')
    .join('');
}

function isNothing(content: unknown): boolean {
  return content === undefined || content === null || content === '';
}

function partsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [{ type: 'text', text: content }];
}
