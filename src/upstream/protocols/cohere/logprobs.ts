import { asText, objectsOf, type JsonObject } from '../../json/json.js';

/**
 * Log probabilities in OpenAI's form. Undefined if there are none. An item may have several tokens, which are shown as
 * one.
 */
export function logprobsOf(items: unknown): JsonObject | undefined {
  const content = objectsOf(Array.isArray(items) ? items : [items]).map((item) => {
    const token = asText(item['text']) ?? '';
    const each = Array.isArray(item['logprobs']) ? item['logprobs'].filter((value) => typeof value === 'number') : [];
    return {
      token,
      logprob: each.reduce((sum, value) => sum + value, 0),
      bytes: [...Buffer.from(token)],
      top_logprobs: [],
    };
  });
  return content.length === 0 ? undefined : { content, refusal: null };
}
