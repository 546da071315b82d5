import { setImmediate as nextTurn } from 'node:timers/promises';
import { HANDED_ON } from '../../domain/json/exact-json.js';
import { asObject, objectsOf, parseJson, type JsonObject } from '../json/json.js';
import { SseReader } from '../http/sse.js';

/** What a finished stream said: an answer, or an error in its place. */
export type WholeAnswer =
  { readonly kind: 'answer'; readonly answer: JsonObject } | { readonly kind: 'error'; readonly error: JsonObject };

type Fields = Record<string, unknown>;

/** A choice as far as it was told. */
interface CollectedChoice {
  readonly message: Fields;
  readonly logprobs: Fields;
  finish: unknown;
}

/** They are told once, or again as they were; every other text comes in pieces. */
const SENT_ONCE: ReadonlySet<string> = new Set(['role', 'id', 'type', 'name']);

/** So many chunks are read at once, and the others in later turns of the event loop. */
const CHUNKS_A_TURN = 256;

/**
 * An object that has no more than what is put there, whatever that is called: `__proto__` is a field like any other.
 */
function noFields(): Fields {
  return Object.create(null) as Fields;
}

/**
 * Puts the chunks of a stream together into the `chat.completion` they tell of. Fields that nobody has heard of are
 * kept like the others.
 */
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

/** Adds what a delta says: texts grow, lists grow or, where their items are numbered, are added to item by item. */
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

/** A value of our own that can grow. */
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

/** Where the numbered items of a list stand, so that none has to be looked for. */
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

/** A tool call has a place in a stream only. */
function withoutPlace(call: JsonObject): JsonObject {
  const { index: _, ...rest } = call;
  return rest;
}
