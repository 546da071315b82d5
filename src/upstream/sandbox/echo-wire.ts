import type { JsonObject } from '../json.js';
import type { Echo } from './echo.js';

/** An echo as the body of a `chat.completion`. */
export function completionOf(echo: Echo, model: string): JsonObject {
  const message = echo.toolCall
    ? { role: 'assistant', content: null, tool_calls: [{ id: 'call_sandbox', type: 'function', function: echo.toolCall }], refusal: null }
    : { role: 'assistant', content: echo.text, refusal: null };
  return {
    object: 'chat.completion',
    model,
    choices: Array.from({ length: echo.choices }, (_, index) => ({ index, message, logprobs: null, finish_reason: echo.finish })),
    usage: usageOf(echo),
  };
}

/** An echo as the chunks of a stream, the choices taking turns, with the usage chunk if asked for. */
export function* chunksOf(echo: Echo, model: string, includeUsage: boolean): Generator<JsonObject> {
  const chunk = (choices: readonly JsonObject[], usage: JsonObject | null = null): JsonObject => ({
    object: 'chat.completion.chunk',
    model,
    choices,
    ...(includeUsage && { usage }),
  });
  for (const delta of deltasOf(echo)) {
    for (let index = 0; index < echo.choices; index++) yield chunk([{ index, delta, logprobs: null, finish_reason: null }]);
  }
  for (let index = 0; index < echo.choices; index++) {
    yield chunk([{ index, delta: {}, logprobs: null, finish_reason: echo.finish }]);
  }
  if (includeUsage) yield chunk([], usageOf(echo));
}

/** The role, then word by word, or the tool call in two pieces. */
function* deltasOf({ text, toolCall }: Echo): Generator<JsonObject> {
  if (toolCall) {
    yield { role: 'assistant', content: null };
    yield { tool_calls: [{ index: 0, id: 'call_sandbox', type: 'function', function: { name: toolCall.name, arguments: '' } }] };
    yield { tool_calls: [{ index: 0, function: { arguments: toolCall.arguments } }] };
    return;
  }
  yield { role: 'assistant', content: '', refusal: null };
  for (const [content] of text.matchAll(/\s*\S+|\s+/g)) yield { content };
}

function usageOf({ promptTokens, completionTokens }: Echo): JsonObject {
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens };
}
