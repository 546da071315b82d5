import { asObject, asText, type JsonObject } from '../json/json.js';
import { invalid, isLeftOut, type Problem } from './problem.js';

/** The content parts that each role may have. */
const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['system', ['text']],
  ['developer', ['text']],
  ['user', ['text', 'image_url', 'input_audio', 'file']],
  ['assistant', ['text', 'refusal']],
  ['tool', ['text']],
  ['function', []],
]);

const DETAILS: ReadonlySet<unknown> = new Set(['auto', 'low', 'high', 'original']);

/** What OpenAI would refuse in the messages: unknown roles and contents, and tool calls without results. */
export function messagesProblem(messages: readonly unknown[], format: unknown): Problem | undefined {
  const open = new OpenCalls();
  for (const [index, one] of messages.entries()) {
    const param = `messages[${index}]`;
    const message = asObject(one) ?? {};
    const problem = roleProblem(message, param) ?? open.take(message, param);
    if (problem) return problem;
  }
  return open.atEnd() ?? jsonMentionProblem(messages, format);
}

/** Names of participants; functions must have one. */
const NAME = /^[^\s<|\\/>]{1,64}$/;

function roleProblem(message: JsonObject, param: string): Problem | undefined {
  const role = asText(message['role']) ?? '';
  const parts = PARTS.get(role);
  if (!parts) return invalid(`${param}.role`, `must be one of ${[...PARTS.keys()].join(', ')}`);
  const { content, tool_calls: calls, function_call: call, refusal, audio, name } = message;
  const isNamed = typeof name === 'string' && NAME.test(name);
  if (!isNamed && !(isLeftOut(name) && role !== 'function')) {
    return invalid(`${param}.name`, 'must be 1 to 64 characters without spaces, <, |, \\, / and >');
  }
  const hasOtherContent =
    role === 'function' || (role === 'assistant' && [calls, call, refusal, audio].some((one) => !isLeftOut(one)));
  if (isLeftOut(content))
    return hasOtherContent ? undefined : invalid(`${param}.content`, 'must be a text or a list of parts, not null');
  if (typeof content === 'string') return undefined;
  if (!Array.isArray(content) || parts.length === 0)
    return invalid(`${param}.content`, 'must be a text or a list of parts');
  if (content.length === 0) return invalid(`${param}.content`, 'must have at least one part');
  const place = content.findIndex((part) => !isPart(part, parts));
  return place === -1
    ? undefined
    : invalid(`${param}.content[${place}]`, `must be a complete part of type ${parts.join(', ')}`);
}

function isPart(value: unknown, types: readonly string[]): boolean {
  const part = asObject(value);
  const type = asText(part?.['type']);
  if (!part || type === undefined || !types.includes(type)) return false;
  if (type === 'text' || type === 'refusal') return typeof part[type] === 'string';
  if (type !== 'image_url') return asObject(part[type]) !== undefined;
  const { url, detail } = asObject(part['image_url']) ?? {};
  return typeof url === 'string' && /^(https?:\/\/|data:)/i.test(url) && (isLeftOut(detail) || DETAILS.has(detail));
}

/** Tool calls that wait for their results. The results must come next, one for each call. */
class OpenCalls {
  readonly #open = new Set<string>();
  #from = '';

  take(message: JsonObject, param: string): Problem | undefined {
    if (message['role'] === 'tool') {
      const id = asText(message['tool_call_id']);
      if (id === undefined) return invalid(`${param}.tool_call_id`, 'must be the id of a tool call');
      return this.#open.delete(id)
        ? undefined
        : invalid(param, "a 'tool' message must answer one of the 'tool_calls' right before it");
    }
    return this.atEnd() ?? this.#begin(message, param);
  }

  /** The problem if calls are still open when another message or the end comes. */
  atEnd(): Problem | undefined {
    if (this.#open.size === 0) return undefined;
    const missing = [...this.#open].slice(0, 10).map((id) => id.slice(0, 100));
    return invalid(
      this.#from,
      `each of its 'tool_calls' must be followed by a 'tool' message; there is none for ${missing.join(', ')}`,
    );
  }

  #begin({ role, tool_calls: calls }: JsonObject, param: string): Problem | undefined {
    if (role !== 'assistant' || isLeftOut(calls)) return undefined;
    const place = `${param}.tool_calls`;
    if (!Array.isArray(calls) || calls.length === 0) return invalid(place, 'must be a list of at least one call');
    this.#from = param;
    for (const [index, value] of calls.entries()) {
      const call = asObject(value) ?? {};
      const id = asText(call['id']);
      if (id === undefined) return invalid(`${place}[${index}].id`, 'must be a text');
      if (!isCall(call))
        return invalid(
          `${place}[${index}]`,
          "must be a 'function' with name and arguments, or a 'custom' with name and input",
        );
      this.#open.add(id);
    }
    return undefined;
  }
}

function isCall({ type, function: called, custom }: JsonObject): boolean {
  const { name, arguments: args, input } = asObject(type === 'custom' ? custom : called) ?? {};
  if (type !== 'function' && type !== 'custom') return false;
  return typeof name === 'string' && typeof (type === 'custom' ? input : args) === 'string';
}

/** OpenAI refuses JSON mode if no message mentions JSON, because the model could then write white space forever. */
function jsonMentionProblem(messages: readonly unknown[], format: unknown): Problem | undefined {
  if (asObject(format)?.['type'] !== 'json_object') return undefined;
  const mentionsJson = (text: unknown) => typeof text === 'string' && /json/i.test(text);
  const isMentioned = messages.some((message) => {
    const content = asObject(message)?.['content'];
    return Array.isArray(content)
      ? content.some((part) => mentionsJson(asObject(part)?.['text']))
      : mentionsJson(content);
  });
  return isMentioned
    ? undefined
    : invalid('messages', "must contain 'json' if 'response_format' is of type 'json_object'");
}
