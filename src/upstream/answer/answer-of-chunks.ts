import { setImmediate as nextTurn } from 'node:timers/promises';
import { HANDED_ON } from '../../domain/json/exact-json.js';
import { asObject, objectsOf, parseJson, type JsonObject } from '../json/json.js';
import { SseReader } from '../http/sse.js';

/** The result of a finished stream: an answer, or an error. */
export type WholeAnswer =
  { readonly kind: 'answer'; readonly answer: JsonObject } | { readonly kind: 'error'; readonly error: JsonObject };

type Fields = Record<string, unknown>;

/** A choice, as far as its chunks have come. */
interface CollectedChoice {
  readonly message: Fields;
  readonly logprobs: Fields;
  finish: unknown;
}

/** Fields that come once, or repeatedly with the same value. All other texts come in pieces. */
const SENT_ONCE: ReadonlySet<string> = new Set(['role', 'id', 'type', 'name']);

/** How many chunks are read in one turn of the event loop. */
const CHUNKS_A_TURN = 256;

/** An object without a prototype, so that `__proto__` is a field like any other. */
function noFields(): Fields {
  return Object.create(null) as Fields;
}

/** Joins the chunks of a stream into a `chat.completion`. Unknown fields are kept. */
export async function answerOfChunks(events: Buffer): Promise<WholeAnswer> {
  const head = noFields();
  const choices = new Map<number, CollectedChoice>();
  let usage: unknown;
  let chunks = 0;
  for (const { data } of new SseReader('stream').push(events)) {
    if (++chunks % CHUNKS_A_TURN === 0) await nextTurn();
    const chunk = data === undefined ? undefined : asObject(parseJson(data, undefined, HANDED_ON));
    if (!chunk) continue;
    const error = asObject(chunk['error']);
    if (error) return { kind: 'error', error };
    const { object: _, choices: chunkChoices, usage: shown, obfuscation: __, ...fields } = chunk;
    for (const [name, value] of Object.entries(fields)) if (value !== null || !(name in head)) head[name] = value;
    usage = shown ?? usage;
    for (const choice of objectsOf(chunkChoices)) take(choices, choice);
  }
  return { kind: 'answer', answer: completionOf(head, choices, usage) };
}

function take(
  choices: Map<number, CollectedChoice>,
  { index, delta, logprobs, finish_reason: finish }: JsonObject,
): void {
  const place = typeof index === 'number' ? index : 0;
  let choice = choices.get(place);
  if (!choice) choices.set(place, (choice = { message: noFields(), logprobs: noFields(), finish: 'stop' }));
  add(choice.message, asObject(delta) ?? {});
  add(choice.logprobs, asObject(logprobs) ?? {});
  choice.finish = finish ?? choice.finish;
}

/** Adds a delta: texts and lists are appended. Items with an index are added to the item of that index. */
function add(collected: Fields, delta: JsonObject): void {
  for (const [name, value] of Object.entries(delta)) {
    const before = Object.hasOwn(collected, name) ? collected[name] : null;
    if (value === null || value === undefined) collected[name] = before;
    else if (before === null) collected[name] = begun(value);
    else if (typeof value === 'string' && typeof before === 'string')
      collected[name] = SENT_ONCE.has(name) ? before || value : before + value;
    else if (Array.isArray(value) && Array.isArray(before)) addItems(before, value);
    else if (asObject(value) && asObject(before)) add(before as Fields, value as JsonObject);
    else collected[name] = value;
  }
}

/** A copy that can grow. */
function begun(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    addItems(items, value);
    return items;
  }
  if (!asObject(value)) return value;
  const fields = noFields();
  add(fields, value as JsonObject);
  return fields;
}

/** The positions of the indexed items of each list, for fast lookup. */
const PLACES = new WeakMap<readonly unknown[], Map<number, number>>();

function placesIn(items: readonly unknown[]): Map<number, number> {
  let places = PLACES.get(items);
  if (!places) PLACES.set(items, (places = new Map()));
  return places;
}

function addItems(items: unknown[], more: readonly unknown[]): void {
  for (const item of more) {
    const index = asObject(item)?.['index'];
    const places = placesIn(items);
    const same = typeof index === 'number' ? items[places.get(index) ?? items.length] : undefined;
    if (same) add(same as Fields, item as JsonObject);
    else {
      if (typeof index === 'number') places.set(index, items.length);
      items.push(begun(item));
    }
  }
}

function completionOf(head: Fields, choices: ReadonlyMap<number, CollectedChoice>, usage: unknown): JsonObject {
  const { id, created, model, ...others } = head;
  const inOrder = [...choices].toSorted(([a], [b]) => a - b);
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: inOrder.map(([index, { message, logprobs, finish }]) => ({
      index,
      message: messageOf(message),
      logprobs: Object.keys(logprobs).length === 0 ? null : logprobs,
      finish_reason: finish,
    })),
    ...(usage !== undefined && { usage }),
    ...others,
  };
}

function messageOf({ role, content, refusal, annotations, tool_calls, ...others }: Fields): JsonObject {
  const calls = objectsOf(tool_calls).map(withoutPlace);
  return {
    role: role ?? 'assistant',
    content: content === '' && calls.length > 0 ? null : (content ?? null),
    ...others,
    ...(calls.length > 0 && { tool_calls: calls }),
    refusal: refusal ?? null,
    annotations: annotations ?? [],
  };
}

/** Only a stream has the index of a tool call. */
function withoutPlace(call: JsonObject): JsonObject {
  const { index: _, ...rest } = call;
  return rest;
}
