import type { JsonObject } from '../json/json.js';
import { wordsOf, type Echo } from './echo.js';
import type { ToolCall } from './tool-calls.js';

/** Creates the id of the call at a position of a choice. */
type CallId = (choice: number, place: number) => string;

/** An echo as the body of a `chat.completion`. */
export function completionOf(echo: Echo, model: string, callId: CallId): JsonObject {
  const { text, toolCalls, finish, topLogprobs } = echo;
  const logprobs =
    topLogprobs === undefined
      ? null
      : { content: [...wordsOf(text)].map((word) => logprobOf(word, topLogprobs)), refusal: null };
  const choices = Array.from({ length: echo.choices }, (_, index) => ({
    index,
    message:
      toolCalls.length > 0
        ? callingMessage(toolCalls, index, callId)
        : { role: 'assistant', content: text, refusal: null },
    logprobs,
    finish_reason: finish,
  }));
  return { object: 'chat.completion', model, choices, usage: usageOf(echo) };
}

function callingMessage(calls: readonly ToolCall[], choice: number, callId: CallId): JsonObject {
  const [first] = calls;
  const called =
    first?.kind === 'function'
      ? { function_call: { name: first.name, arguments: first.text } }
      : { tool_calls: calls.map((call, place) => shownCall(call, callId(choice, place))) };
  return { role: 'assistant', content: null, ...called, refusal: null };
}

function shownCall({ kind, name, text }: ToolCall, id: string): JsonObject {
  return kind === 'custom'
    ? { id, type: 'custom', custom: { name, input: text } }
    : { id, type: 'function', function: { name, arguments: text } };
}

/** An echo as the chunks of a stream. The choices alternate. The usage chunk comes if asked for. */
export function* chunksOf(echo: Echo, model: string, includeUsage: boolean, callId: CallId): Generator<JsonObject> {
  const chunk = (choices: readonly JsonObject[], usage: JsonObject | null = null): JsonObject => ({
    object: 'chat.completion.chunk',
    model,
    choices,
    ...(includeUsage && { usage }),
  });
  for (const { delta, logprobs = null } of piecesOf(echo)) {
    for (let index = 0; index < echo.choices; index++) {
      const own = typeof delta === 'function' ? delta(index, callId) : delta;
      yield chunk([{ index, delta: own, logprobs, finish_reason: null }]);
    }
  }
  for (let index = 0; index < echo.choices; index++) {
    yield chunk([{ index, delta: {}, logprobs: null, finish_reason: echo.finish }]);
  }
  if (includeUsage) yield chunk([], usageOf(echo));
}

/** A piece of each choice. Pieces of tool calls differ in their ids. */
interface Piece {
  readonly delta: JsonObject | ((choice: number, callId: CallId) => JsonObject);
  readonly logprobs?: JsonObject;
}

/** The role, then each word, or each tool call in two pieces. */
function* piecesOf({ text, toolCalls, topLogprobs }: Echo): Generator<Piece> {
  if (toolCalls.length > 0) {
    yield { delta: { role: 'assistant', content: null } };
    for (const [place, call] of toolCalls.entries()) yield* piecesOfCall(call, place);
    return;
  }
  yield { delta: { role: 'assistant', content: '', refusal: null } };
  for (const content of wordsOf(text)) {
    yield {
      delta: { content },
      ...(topLogprobs !== undefined && { logprobs: { content: [logprobOf(content, topLogprobs)], refusal: null } }),
    };
  }
}

function* piecesOfCall(call: ToolCall, index: number): Generator<Piece> {
  const { kind, name, text } = call;
  if (kind === 'function') {
    yield { delta: { function_call: { name, arguments: '' } } };
    yield { delta: { function_call: { arguments: text } } };
    return;
  }
  yield {
    delta: (choice, callId) => ({
      tool_calls: [{ index, ...shownCall({ ...call, text: '' }, callId(choice, index)) }],
    }),
  };
  yield {
    delta: {
      tool_calls: [{ index, ...(kind === 'custom' ? { custom: { input: text } } : { function: { arguments: text } }) }],
    },
  };
}

/** Each word is certain. Each other listed token is less likely than the one before. */
function logprobOf(token: string, top: number): JsonObject {
  const taken = { token, logprob: 0, bytes: [...Buffer.from(token)] };
  const others = Array.from({ length: Math.max(0, top - 1) }, (_, place) => {
    const letter = String.fromCharCode('a'.charCodeAt(0) + place);
    return { token: letter, logprob: -10 - place, bytes: [letter.charCodeAt(0)] };
  });
  return { ...taken, top_logprobs: top === 0 ? [] : [taken, ...others] };
}

function usageOf({ promptTokens, completionTokens }: Echo): JsonObject {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
