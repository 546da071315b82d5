import { asObject, type JsonObject } from '../../json/json.js';
import type { ToolNameRule } from '../../quirks.js';
import { legalNames } from './tool-names.js';

type Messages = readonly JsonObject[];

/** The base of ids for calls without one. */
const NAMELESS = 'call';

/** Gives names to calls and to the messages that answer them. */
interface Renaming {
  readonly called: (id: string) => string;
  readonly answered: (id: string) => string;
  /** Called before each message. */
  readonly next?: () => void;
}

/**
 * The messages with a unique id for each tool call. Some models and servers number their calls anew in each turn, or
 * send no ids. OpenAI takes that, others refuse it. A result belongs to the latest calls of its id, in their order.
 */
export function withOwnIds(messages: Messages): Messages {
  const ids = idsIn(messages);
  const given = new Set(ids);
  if (given.size === ids.length && !given.has('')) return messages;
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  const own = (id: string): string => {
    if (id !== '' && !taken.has(id)) return id;
    for (let count = (counts.get(id) ?? 1) + 1; ; count++) {
      const fresh = `${id === '' ? NAMELESS : id}_${count}`;
      counts.set(id, count);
      if (!given.has(fresh) && !taken.has(fresh)) return fresh;
    }
  };
  const waiting = new Map<string, { readonly ids: string[]; next: number }>();
  let turn = new Set<string>();
  return renamed(messages, {
    next: () => (turn = new Set()),
    called: (id) => {
      const fresh = own(id);
      taken.add(fresh);
      if (turn.has(id)) waiting.get(id)!.ids.push(fresh);
      else waiting.set(id, { ids: [fresh], next: 0 });
      turn.add(id);
      return fresh;
    },
    answered: (id) => {
      const calls = waiting.get(id);
      if (!calls) return id;
      const last = calls.ids.length - 1;
      return calls.ids[Math.min(calls.next++, last)]!;
    },
  });
}

/** The messages with ids that the provider allows. Different ids stay different. */
export function withLegalIds(messages: Messages, rule: ToolNameRule): Messages {
  const answered = messages.map(({ tool_call_id: id }) => id).filter((id) => typeof id === 'string');
  const sent = legalNames(new Set([...idsIn(messages), ...answered]), rule)?.wireNames;
  if (!sent) return messages;
  const legal = (id: string) => sent.get(id) ?? id;
  return renamed(messages, { called: legal, answered: legal });
}

/** The ids of all calls, in their order. */
function idsIn(messages: Messages): string[] {
  return messages.flatMap(({ tool_calls: calls }) =>
    Array.isArray(calls) ? calls.flatMap((call) => idOf(call) ?? []) : [],
  );
}

function idOf(call: unknown): string | undefined {
  const id = asObject(call)?.['id'];
  return typeof id === 'string' ? id : undefined;
}

function renamed(messages: Messages, { called, answered, next }: Renaming): Messages {
  return messages.map((message) => {
    next?.();
    const { tool_calls: calls, tool_call_id: answer } = message;
    const renamedCall = (call: unknown) => {
      const id = idOf(call);
      return id === undefined ? call : { ...asObject(call), id: called(id) };
    };
    if (Array.isArray(calls)) return { ...message, tool_calls: calls.map(renamedCall) };
    return typeof answer === 'string' ? { ...message, tool_call_id: answered(answer) } : message;
  });
}
