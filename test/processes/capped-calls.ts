import { completion, json, SSE_HEADERS, streamOf, type Script } from '../support/scripted-upstream.js';
import { usageOf } from '../support/serving.js';

const OUTPUT_TOKENS = 10;

/** A call of a customer with a budget or a wallet: says "Hi", and wants ten tokens at most. */
export const BODY = { max_tokens: OUTPUT_TOKENS };

/**
 * What is held for it, in nano-dollars, by the list price of gpt-4o-mini (150 and 600 a token): every byte of the
 * prompt, that is of the message's two keys, its role and its text, 20 tokens for what is written around it, the whole
 * answer, and 2 for rounding.
 */
export const HOLD =
  ('role'.length + 'user'.length + 'content'.length + 'Hi'.length + 20) * 150 + OUTPUT_TOKENS * 600 + 2;

/** What is held for it where that does not fit, but fits once the prompt's four strings are counted, a token each. */
const COUNTED_HOLD = (4 + 20) * 150 + OUTPUT_TOKENS * 600 + 2;

const USAGE = usageOf(20, OUTPUT_TOKENS);

/** What it costs when `dear` answers. */
export const COST = 20 * 150 + OUTPUT_TOKENS * 600;

/** Answers with most of what was held. */
export const dear: Script = (request, response, upstream) => {
  if (request.body.stream !== true)
    return json(completion({ usage: USAGE, no: request.no }))(request, response, upstream);
  upstream.serve(request, USAGE);
  response.writeHead(200, SSE_HEADERS).end(streamOf(['Hi'], { usage: USAGE, no: request.no }).join(''));
};

/** How many calls at once this much free money admits. */
export function admitted(freeNanoUsd: number): number {
  const uncounted = Math.floor(freeNanoUsd / HOLD);
  return uncounted + (freeNanoUsd - uncounted * HOLD >= COUNTED_HOLD ? 1 : 0);
}
