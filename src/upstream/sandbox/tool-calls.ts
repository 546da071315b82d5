import { createHash } from 'node:crypto';
import { asObject, asText, objectsOf, type JsonObject } from '../json/json.js';
import { plainestValue } from './schema-value.js';
import { namedTool, offeredTools, type OfferedTool } from './tools-asked.js';

/** A tool call. `text` is its arguments as JSON, or the input of a custom tool. */
export interface ToolCall {
  readonly kind: OfferedTool['kind'];
  readonly name: string;
  readonly text: string;
}

/**
 * The tools that are called, each with the simplest arguments that its schema allows. If a tool must be called, it is
 * the named one, else the first that was not called since the last user message, else the last. If a tool may be
 * called, it is the first one, and only right after a user message. With `parallel_tool_calls` two are called.
 */
export function toolCallsOf(body: JsonObject, userText: string): readonly ToolCall[] {
  const messages = objectsOf(body['messages']);
  const tools = offeredTools(body);
  const choice = body['tool_choice'] ?? body['function_call'];
  const named = namedTool(choice)?.name ?? asText(asObject(choice)?.['name']);
  const isLastOfUser = messages.at(-1)?.['role'] === 'user';
  const mustCall = choice === 'required' || named !== undefined;
  if (choice === 'none' || tools.length === 0 || !(mustCall || isLastOfUser)) return [];
  const called =
    named === undefined ? openTools(tools, messages) : tools.filter(({ name }) => name === named).slice(0, 1);
  const isTwice = body['parallel_tool_calls'] === true && named === undefined && called[0]?.kind !== 'function';
  const chosen = isTwice ? [called[0]!, called[1] ?? called[0]!] : called.slice(0, 1);
  return chosen.map(({ kind, name, parameters }) => ({
    kind,
    name,
    text: kind === 'custom' ? userText : argumentsFor(parameters),
  }));
}

/** The tools that were not called since the last user message. The last tool if all were. */
function openTools(tools: readonly OfferedTool[], messages: readonly JsonObject[]): readonly OfferedTool[] {
  const called = new Set<unknown>();
  for (const message of messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1)) {
    const calls = objectsOf(message['tool_calls']).map(
      ({ function: one, custom }) => asObject(custom) ?? asObject(one),
    );
    for (const call of [...calls, asObject(message['function_call'])]) called.add(call?.['name']);
  }
  const open = tools.filter(({ name }) => !called.has(name));
  return open.length > 0 ? open : tools.slice(-1);
}

function argumentsFor(parameters: unknown): string {
  return JSON.stringify(asObject(plainestValue(parameters)) ?? {});
}

/** Ids for the calls of an answer. The same messages give the same ids. Each round, choice and position has its own. */
export function callIds(messages: unknown): (choice: number, place: number) => string {
  let round: Buffer | undefined;
  return (choice, place) => {
    round ??= createHash('sha256')
      .update(JSON.stringify(messages ?? null))
      .digest();
    const digest = createHash('sha256').update(round).update(`${choice}.${place}`).digest('hex');
    return `call_${digest.slice(0, 24)}`;
  };
}
