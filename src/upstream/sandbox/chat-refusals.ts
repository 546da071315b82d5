import { asObject, type JsonObject } from '../json/json.js';
import { CONTEXT_TOKENS, MOST_COMPLETION_TOKENS, MOST_LOGPROBS } from './bounds.js';
import { wordsOf, type Echo } from './echo.js';
import { messagesProblem } from './message-rules.js';
import { parameterProblem } from './parameter-rules.js';
import { firstProblem, invalid, type Problem } from './problem.js';
import { strictProblem } from './strict-schema.js';
import { toolsProblem } from './tools-asked.js';

/**
 * What OpenAI would refuse in a chat request, so that what passes here also passes there. Undefined for a valid
 * request.
 */
export function chatProblem(body: JsonObject): Problem | undefined {
  const messages = Array.isArray(body['messages']) ? (body['messages'] as unknown[]) : [];
  return firstProblem([
    () => parameterProblem(body),
    () => toolsProblem(body),
    () => messagesProblem(messages, body['response_format']),
    () => schemaProblem(body),
  ]);
}

function schemaProblem({ response_format: format }: JsonObject): Problem | undefined {
  const { schema, strict } = asObject(asObject(format)?.['json_schema']) ?? {};
  const problem = strict === true ? strictProblem(schema) : undefined;
  return problem === undefined ? undefined : invalid('response_format.json_schema.schema', problem);
}

/** A request that is too large for the model. Undefined for any other. */
export function tooMuch({
  promptTokens,
  completionTokens,
  text,
  choices,
  topLogprobs,
}: Echo): (Problem & { readonly code?: string }) | undefined {
  if (promptTokens > CONTEXT_TOKENS) {
    const message = `This model's maximum context length is ${CONTEXT_TOKENS} tokens. However, your messages resulted in ${promptTokens} tokens`;
    return { message, code: 'context_length_exceeded', param: 'messages' };
  }
  if (completionTokens > MOST_COMPLETION_TOKENS) {
    return invalid(
      'n',
      `all answers together would have ${completionTokens} tokens, at most ${MOST_COMPLETION_TOKENS} are allowed`,
    );
  }
  if (topLogprobs === undefined) return undefined;
  const listed = [...wordsOf(text)].length * choices * (1 + topLogprobs);
  return listed > MOST_LOGPROBS
    ? invalid('top_logprobs', `it asks for ${listed} tokens, at most ${MOST_LOGPROBS} are allowed`)
    : undefined;
}
