import type { ProtocolCall } from '../../exchange.js';
import { asObject, type JsonObject } from '../../json/json.js';
import { takesPrefill } from '../anthropic/prefill.js';
import { argumentsObject } from '../request/call-arguments.js';
import { BEGINNING, GO_ON } from '../request/inserted-messages.js';
import { answeredCall, callsOf, partsOf, type PreviousToolCall, type MessagePart } from '../request/message-parts.js';
import { shortToolId } from '../openai/tool-call-ids.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import { contentBlock, textBlock, type ContentBlock } from './content-blocks.js';
import type { Family, ModelTraits } from './model-traits.js';
import type { Block, CachePoint, Json, Message, SystemBlock } from './wire.js';

/** The conversation, with the system prompt apart. */
export interface Conversation {
  readonly system: readonly SystemBlock[];
  readonly messages: readonly Message[];
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

/** Text must not be blank. This replaces an empty tool result. */
const NO_OUTPUT = { text: '(nothing)' };

/** Stands beside documents if the user wrote no text. */
const BESIDE_DOCUMENT = { text: '(a document)' };

/** The families beside older Claudes that continue a text (Amazon's guide to Nova; as of 2026-11, not tried). */
const PREFILLED: ReadonlySet<Family> = new Set(['nova', 'nova-2']);

const TOOL_ID = /^[a-zA-Z0-9_-]{1,64}$/;

/** Families that cache the beginning of a prompt up to a mark. */
const CACHING: ReadonlySet<Family> = new Set(['claude', 'nova', 'nova-2']);

/**
 * Translates the messages to strictly alternating turns. Consecutive messages of one side become one turn, so all
 * results of a turn's tool calls are together.
 * @throws RingsideError naming the message that cannot be translated
 */
export function conversationOf(call: ProtocolCall, traits: ModelTraits): Conversation {
  const { provider, body } = call;
  const system: SystemBlock[] = [];
  const turns: Turn[] = [];
  for (const [position, message] of body.messages.entries()) {
    const place = `messages[${position}]`;
    const { role } = message;
    const parts = partsOf(message, place);
    if (role === 'system' || role === 'developer') system.push(...textBlocks(provider, parts, traits));
    else if (role === 'user') addTo(turns, 'user', userBlocks(provider, parts, traits));
    else if (role === 'assistant') {
      const calls = callsOf(message, place, provider).map((earlier) => callBlock(earlier, traits));
      addTo(turns, 'assistant', [...textBlocks(provider, parts, traits), ...calls]);
    } else if (role === 'tool') addTo(turns, 'user', resultBlocks(provider, message, parts, place, traits));
    else throw unsupported(provider, `${place}.role`, `messages of role ${shownValue(role)}`);
  }
  if (turns[0]?.role !== 'user') turns.unshift({ role: 'user', content: [{ text: BEGINNING }] });
  return { system, messages: endingWell(turns.map(withResultsFirst).map(withTextBesideDocuments), traits) };
}

/** Appends blocks to the last turn, or begins a new one. */
function addTo(turns: Turn[], role: Turn['role'], blocks: readonly Block[]): void {
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...blocks);
  else if (blocks.length > 0) turns.push({ role, content: [...blocks] });
}

/** All results of a turn come before the user's content, each with its cache point. */
function withResultsFirst({ role, content }: Turn): Turn {
  const results: Block[] = [];
  const others: Block[] = [];
  let place = others;
  for (const block of content) {
    if (!block.cachePoint) place = block.toolResult ? results : others;
    place.push(block);
  }
  return { role, content: [...results, ...others] };
}

/** A turn with a document must have a text too. */
function withTextBesideDocuments({ role, content }: Turn): Turn {
  const isAlone = content.some(({ document }) => document) && !content.some(({ text }) => text !== undefined);
  return isAlone ? { role, content: [...content, BESIDE_DOCUMENT] } : { role, content };
}

/** The names of the tools that were called. Undefined if the conversation has neither calls nor results. */
export function calledTools({ messages }: Conversation): string[] | undefined {
  const blocks = messages.flatMap(({ content }) => content ?? []);
  if (!blocks.some(({ toolUse, toolResult }) => toolUse !== undefined || toolResult !== undefined)) return undefined;
  return [...new Set(blocks.flatMap(({ toolUse }) => toolUse?.name ?? []))];
}

/**
 * Whether the answer continues a turn that the assistant began: after the results of its calls, or after its first
 * text.
 */
export function goesOn({ messages }: Conversation): boolean {
  const last = messages.at(-1);
  return last?.role === 'assistant' || last?.content?.some(({ toolResult }) => toolResult !== undefined) === true;
}

/** The text blocks of a system or assistant message. */
function textBlocks(
  provider: string,
  parts: readonly MessagePart[],
  traits: ModelTraits,
): ({ text: string } | CachePoint)[] {
  return parts.flatMap(({ part, place }) => {
    if (part['type'] !== 'text')
      throw unsupported(provider, place, `content parts of type ${shownValue(part['type'])} here`);
    return withCachePoint(textBlock(String(part['text'])), part, traits);
  });
}

function userBlocks(
  provider: string,
  parts: readonly MessagePart[],
  traits: ModelTraits,
): (ContentBlock | CachePoint)[] {
  return parts.flatMap((one) => withCachePoint(contentBlock(provider, one), one.part, traits));
}

/** A result may not contain a cache point, so the point comes after it. */
function resultBlocks(
  provider: string,
  message: JsonObject,
  parts: readonly MessagePart[],
  place: string,
  traits: ModelTraits,
): Block[] {
  const content = parts.flatMap((part) => contentBlock(provider, part) ?? []);
  const toolUseId = toolId(answeredCall(message, place), traits);
  const marked = parts.find(({ part }) => part['cache_control'])?.part ?? {};
  return withCachePoint(
    { toolResult: { toolUseId, content: content.length > 0 ? content : [NO_OUTPUT] } },
    marked,
    traits,
  );
}

function callBlock({ id, name, arguments: written }: PreviousToolCall, traits: ModelTraits): Block {
  return { toolUse: { toolUseId: toolId(id, traits), name, input: argumentsObject(written) as Json } };
}

/** Mistral's models take ids of nine characters. Others take plain ids. An id that does not fit is replaced. */
function toolId(id: string, { family }: ModelTraits): string {
  return family !== 'mistral' && TOOL_ID.test(id) ? id : shortToolId(id);
}

/** Adds a cache point where the caller set `cache_control` on a part, as for Anthropic. */
function withCachePoint<B>(
  block: B | undefined,
  { cache_control }: JsonObject,
  { family }: ModelTraits,
): (B | CachePoint)[] {
  if (block === undefined) return [];
  const control = asObject(cache_control);
  if (!control || !CACHING.has(family)) return [block];
  const ttl = control['ttl'];
  return [block, { cachePoint: { type: 'default', ...((ttl === '5m' || ttl === '1h') && { ttl }) } }];
}

/**
 * The turns with an end that the model answers. Most models answer only the user. Others continue a text, but refuse
 * white space at its end.
 */
function endingWell(turns: readonly Turn[], { family, version }: ModelTraits): Message[] {
  const last = turns.at(-1)!;
  const goesOnItself = PREFILLED.has(family) || (family === 'claude' && takesPrefill(version));
  if (last.role === 'assistant' && !goesOnItself) return [...turns, { role: 'user', content: [{ text: GO_ON }] }];
  const end = last.content.findLastIndex(({ cachePoint }) => !cachePoint);
  const text = last.content[end]?.text;
  if (last.role !== 'assistant' || text === undefined) return [...turns];
  return [...turns.slice(0, -1), { role: 'assistant', content: last.content.with(end, { text: text.trimEnd() }) }];
}
