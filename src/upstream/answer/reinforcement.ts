import type { ChatBody } from '../../domain/call/call.js';

const BEGINNING = 'Your answer was rejected: ';

/** How often a request tells the model that its answer was rejected. */
export function correctionsIn(messages: readonly Readonly<Record<string, unknown>>[]): number {
  return messages.filter(({ content }) => typeof content === 'string' && content.startsWith(BEGINNING)).length;
}

/**
 * The request again, with the answer that did not keep the schema and what was wrong with it.
 * @param answer null when the model wrote no text
 */
export function reinforced(body: ChatBody, answer: string | null, problem: string): ChatBody {
  const before = answer === null || answer === '' ? [] : [{ role: 'assistant', content: answer }];
  const content = `${BEGINNING}${problem}. Answer again, with one JSON value that is valid against the JSON schema, and with nothing else.`;
  return { ...body, messages: [...body.messages, ...before, { role: 'user', content }] };
}
