import { asObject, asText, objectsOf, type JsonObject } from '../json.js';
import { correctionsIn } from '../reinforcement.js';
import { plainestValue } from './schema-value.js';

/** What the sandbox answers: the same for each of `n` choices, with counts that depend on nothing but the request. */
export interface Echo {
  readonly text: string;
  /** Set when the answer is a tool call instead. */
  readonly toolCall: { readonly name: string; readonly arguments: string } | undefined;
  readonly finish: 'stop' | 'length' | 'tool_calls';
  readonly choices: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** The sandbox's own idea of a token, so that anybody can recompute its counts. */
const BYTES_PER_TOKEN = 4;

/** As many answers to one request as OpenAI gives. */
export const MOST_CHOICES = 128;

/** The longest answer, whatever the caller allows; a model without an end could not be called on a budget. */
export const MAX_OUTPUT_TOKENS = 16_384;

/** The longest prompt, as of the largest models there are. */
export const CONTEXT_TOKENS = 1_048_576;

/** The most tokens of all answers to one request together. */
export const MOST_COMPLETION_TOKENS = 8 * MAX_OUTPUT_TOKENS;

/** Whether a request's `n` is a number of answers as OpenAI gives them. */
export function isAnswerCount(n: unknown): boolean {
  return n === undefined || n === null || (Number.isSafeInteger(n) && (n as number) >= 1 && (n as number) <= MOST_CHOICES);
}

/**
 * Answers a request by its own last words: the last user message's text, or JSON or a tool call where one is asked for.
 * @param body its `n` has been checked with `isAnswerCount`
 * @param breaks how often the model has to be told that its answer is not what was asked for, before it obeys
 */
export function echoOf(body: JsonObject, breaks = 0): Echo {
  const messages = objectsOf(body['messages']);
  const promptTokens = tokensIn(messages.map(textOf).join(''));
  const choices = (body['n'] as number | null | undefined) ?? 1;
  const asked = body['max_completion_tokens'] ?? body['max_tokens'];
  const limit = typeof asked === 'number' ? Math.min(asked, MAX_OUTPUT_TOKENS) : MAX_OUTPUT_TOKENS;
  const format = asObject(body['response_format']);
  const obeys = !asksForJson(format) || correctionsIn(messages) >= breaks;
  const toolCall = obeys ? toolCallOf(body, messages) : undefined;
  if (toolCall) return { choices, promptTokens, ...calling(toolCall, choices, limit) };
  const said = textOf(messages.findLast((message) => message['role'] === 'user'));
  const whole = obeys ? shaped(said, format) : `no JSON: ${said}`;
  const text = within(whole, limit);
  const finish = text === whole ? 'stop' : 'length';
  return { text, toolCall: undefined, finish, choices, promptTokens, completionTokens: choices * tokensIn(text) };
}

/** A tool call within a limit: arguments are cut as a text is, a name never, and it counts for no more than was allowed. */
function calling(
  { name, arguments: whole }: NonNullable<Echo['toolCall']>,
  choices: number,
  limit: number,
): Pick<Echo, 'text' | 'toolCall' | 'finish' | 'completionTokens'> {
  const cut = within(whole, limit - tokensIn(name));
  const tokens = Math.min(tokensIn(name + cut), Math.max(limit, 0));
  return {
    text: '',
    toolCall: { name, arguments: cut },
    finish: cut === whole ? 'tool_calls' : 'length',
    completionTokens: choices * tokens,
  };
}

/** How many tokens a text counts for. */
export function tokensIn(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** The beginning of a text that fits into so many tokens, cut between characters. */
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

function shaped(text: string, format: JsonObject | undefined): string {
  if (format?.['type'] === 'json_object') return JSON.stringify({ echo: text });
  if (format?.['type'] !== 'json_schema') return text;
  return JSON.stringify(plainestValue(asObject(format['json_schema'])?.['schema']));
}

/** Calls the forced tool, or else the first one, once: when the last word is the user's, not a tool's answer. */
function toolCallOf(body: JsonObject, messages: readonly JsonObject[]): Echo['toolCall'] {
  const choice = body['tool_choice'];
  if (choice === 'none' || messages.at(-1)?.['role'] !== 'user') return undefined;
  const functions = objectsOf(body['tools']).flatMap((tool) => {
    const { name, parameters } = asObject(tool['function']) ?? {};
    return typeof name === 'string' ? [{ name, parameters }] : [];
  });
  const forced = asText(asObject(asObject(choice)?.['function'])?.['name']);
  const called = functions.find(({ name }) => forced === undefined || name === forced);
  if (!called) return undefined;
  return { name: called.name, arguments: JSON.stringify(asObject(plainestValue(called.parameters)) ?? {}) };
}
