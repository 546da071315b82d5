import { asObject, asText, objectsOf, type JsonObject } from '../json/json.js';
import { correctionsIn } from '../answer/reinforcement.js';
import { MAX_OUTPUT_TOKENS } from './bounds.js';
import { schemaIn } from './schema-in-prompt.js';
import { plainestValue } from './schema-value.js';
import { toolCallsOf, type ToolCall } from './tool-calls.js';

/** The sandbox's answer. All `n` choices are the same, and the counts depend only on the request. */
export interface Echo {
  readonly text: string;
  /** If there are any, they are the answer, without text. */
  readonly toolCalls: readonly ToolCall[];
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'function_call';
  readonly choices: number;
  /** The number of tokens that are listed with each word, in addition to it. Undefined for no log probabilities. */
  readonly topLogprobs: number | undefined;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** The sandbox's own definition of a token, so that anyone can recompute its counts. */
const BYTES_PER_TOKEN = 4;

/**
 * Answers with the last user message, or with JSON or tool calls if these are asked for.
 * @param breaks how many corrections it takes until the model answers in the requested form
 */
export function echoOf(body: JsonObject, breaks = 0): Echo {
  const messages = objectsOf(body['messages']);
  const promptTokens = tokensIn(messages.map(textOf).join(''));
  const choices = typeof body['n'] === 'number' ? body['n'] : 1;
  const asked = body['max_completion_tokens'] ?? body['max_tokens'];
  const limit = typeof asked === 'number' ? Math.min(asked, MAX_OUTPUT_TOKENS) : MAX_OUTPUT_TOKENS;
  const format = asObject(body['response_format']);
  const obeys = !asksForJson(format) || correctionsIn(messages) >= breaks;
  const userText = textOf(messages.findLast((message) => message['role'] === 'user'));
  const toolCalls = obeys ? toolCallsOf(body, userText) : [];
  if (toolCalls.length > 0)
    return { choices, promptTokens, text: '', topLogprobs: undefined, ...calling(toolCalls, choices, limit) };
  const fullText = upToStop(obeys ? shaped(userText, format, messages) : `no JSON: ${userText}`, body['stop']);
  const text = within(fullText, limit);
  const finish = text === fullText ? 'stop' : 'length';
  const top = typeof body['top_logprobs'] === 'number' ? body['top_logprobs'] : 0;
  const topLogprobs = body['logprobs'] === true ? top : undefined;
  return {
    text,
    toolCalls: [],
    finish,
    choices,
    topLogprobs,
    promptTokens,
    completionTokens: choices * tokensIn(text),
  };
}

/** Tool calls within a limit. Arguments are cut like a text, names are not. The count never exceeds the limit. */
function calling(
  calls: readonly ToolCall[],
  choices: number,
  limit: number,
): Pick<Echo, 'toolCalls' | 'finish' | 'completionTokens'> {
  const made: ToolCall[] = [];
  let tokens = 0;
  let isCut = false;
  for (const call of calls) {
    if (made.length > 0 && tokens >= limit) isCut = true;
    if (isCut) break;
    const text = within(call.text, limit - tokens - tokensIn(call.name));
    isCut = text !== call.text;
    tokens = Math.min(tokens + tokensIn(call.name + text), Math.max(limit, 0));
    made.push({ ...call, text });
  }
  const finish = isCut ? 'length' : made[0]?.kind === 'function' ? 'function_call' : 'tool_calls';
  return { toolCalls: made, finish, completionTokens: choices * tokens };
}

/** The number of tokens of a text. */
export function tokensIn(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** The pieces of a text: words with the white space before them. Each is one chunk and has one log probability. */
export function* wordsOf(text: string): Generator<string> {
  for (const [word] of text.matchAll(/\s*\S+|\s+/g)) yield word;
}

/** The beginning of a text that fits into a number of tokens, cut between characters. */
function within(text: string, tokens: number): string {
  if (tokensIn(text) <= tokens) return text;
  let bytes = 0;
  let cut = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > tokens * BYTES_PER_TOKEN) break;
    cut += character;
  }
  return cut;
}

/** The text before the first stop sequence. */
function upToStop(text: string, stop: unknown): string {
  const sequences = (Array.isArray(stop) ? (stop as unknown[]) : [stop]).filter((one) => asText(one) !== undefined);
  const ends = sequences.map((sequence) => text.indexOf(sequence as string)).filter((at) => at !== -1);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function textOf(message: JsonObject | undefined): string {
  const content = message?.['content'];
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map((part) => asText(part['text']) ?? '')
    .join('\n');
}

function asksForJson(format: JsonObject | undefined): boolean {
  return format?.['type'] === 'json_object' || format?.['type'] === 'json_schema';
}

/** The answer in JSON mode: a value for a schema in the prompt, else an object with the text. */
function shaped(text: string, format: JsonObject | undefined, messages: readonly JsonObject[]): string {
  if (format?.['type'] === 'json_object') {
    const schema = messages.map((message) => schemaIn(textOf(message))).find((found) => found !== undefined);
    return JSON.stringify(schema ? plainestValue(schema) : { echo: text });
  }
  if (format?.['type'] !== 'json_schema') return text;
  return JSON.stringify(plainestValue(asObject(format['json_schema'])?.['schema']));
}
