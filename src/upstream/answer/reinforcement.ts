import type { ChatBody } from '../../domain/call/call.js';

const BEGINNING = 'Your answer was rejected: ';

/** How many corrections a request already has. */
export function correctionsIn(messages: readonly Readonly<Record<string, unknown>>[]): number {
  return messages.filter(({ content }) => typeof content === 'string' && content.startsWith(BEGINNING)).length;
}

/**
 * The same request, with the rejected answer and the problem in it.
 * @param answer null if the model wrote no text
 */
export function reinforced(body: ChatBody, answer: string | null, problem: string): ChatBody {
  const before = answer === null || answer === '' ? [] : [{ role: 'assistant', content: answer }];
  const content = `${BEGINNING}${problem}. Answer again, with one JSON value that is valid against the JSON schema, and with nothing else.`;
  return { ...body, messages: [...body.messages, ...before, { role: 'user', content }] };
}
