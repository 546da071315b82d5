import type { LogprobsResultCandidate } from '@google/genai';
import { asObject, objectsOf, type JsonObject } from '../../json/json.js';

/** `logprobsResult` as OpenAI's `logprobs`. Undefined if there are none. */
export function parseLogprobs(value: unknown): JsonObject | undefined {
  const result = asObject(value);
  if (!result) return undefined;
  const top = objectsOf(result['topCandidates']);
  const content = objectsOf(result['chosenCandidates']).map((chosen, position) => ({
    ...tokenOf(chosen),
    top_logprobs: objectsOf(top[position]?.['candidates']).map(tokenOf),
  }));
  return { content, refusal: null };
}

function tokenOf({ token, logProbability }: { readonly [name in keyof LogprobsResultCandidate]?: unknown }) {
  const text = typeof token === 'string' ? token : '';
  return {
    token: text,
    logprob: typeof logProbability === 'number' ? logProbability : 0,
    bytes: [...Buffer.from(text)],
  };
}
