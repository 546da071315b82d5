import { asObject, objectsOf, type JsonObject } from '../../json/json.js';

/**
 * Log probabilities in OpenAI's form. Some providers send lists of tokens and numbers, or a single number for a chunk
 * with one token. Undefined for anything else.
 */
export function openaiLogprobs(value: unknown, text: string | undefined): JsonObject | undefined {
  if (typeof value === 'number') return text === undefined ? undefined : logprobsOf([text], [value]);
  const lists = asObject(value);
  if (!lists || Array.isArray(lists['content'])) return lists;
  const { tokens, token_logprobs: numbers } = lists;
  return Array.isArray(tokens) && Array.isArray(numbers) ? logprobsOf(tokens, numbers) : undefined;
}

/** Whether log probabilities have any token. A chunk may have some although its text is empty. */
export function hasTokens(logprobs: unknown): boolean {
  return objectsOf(asObject(logprobs)?.['content']).length > 0;
}

/** A token without a number, such as the first of a prompt, is left out. */
function logprobsOf(tokens: readonly unknown[], numbers: readonly unknown[]): JsonObject {
  const content = tokens
    .map((token, place) => ({ token, logprob: numbers[place], bytes: null, top_logprobs: [] }))
    .filter(({ token, logprob }) => typeof token === 'string' && typeof logprob === 'number');
  return { content, refusal: null };
}
