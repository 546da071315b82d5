import type { CallContent, ChatBody } from './call.js';
import { inputTexts, inputTokens, type EmbeddingsBody } from './embeddings-body.js';
import { moderatedTexts, type ModerationBody } from './moderation-body.js';

/** What the chat format adds around each message, in tokens. */
const TOKENS_PER_MESSAGE = 4;

/** What a request gives to read: its text, and the tokens that come on top of it. */
export interface PromptText {
  readonly text: string;
  readonly otherTokens: number;
}

/**
 * What is most likely read of a request whose usage nobody reported. Images and audio are not in it. It stays below
 * what `policy/bounds/call-bound.ts` says can be read at most. It never throws, whatever stands in the request.
 */
export function promptText({ endpoint, body }: CallContent): PromptText {
  switch (endpoint) {
    case 'chat.completions':
      return conversation(body as ChatBody);
    case 'embeddings':
      return embedded(body as EmbeddingsBody);
    case 'moderations':
      return { text: moderatedTexts((body as ModerationBody).input).join('\n'), otherTokens: 0 };
  }
}

/** Texts are counted, token numbers are there to be counted. */
function embedded({ input }: EmbeddingsBody): PromptText {
  const numbers = inputTokens(input) ?? [];
  return {
    text: (inputTexts(input) ?? []).join('\n'),
    otherTokens: numbers.reduce((sum, { length }) => sum + length, 0),
  };
}

function conversation({ messages, tools }: ChatBody): PromptText {
  const parts = messages.map(({ content, tool_calls: calls }) => `${contentText(content)}${callsText(calls)}`);
  if (tools !== undefined) parts.push(jsonText(tools));
  return { text: parts.join('\n'), otherTokens: messages.length * TOKENS_PER_MESSAGE };
}

/**
 * Text is taken from strings only: anything else in its place is the caller's, who may have put there what makes no
 * text.
 */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map(partText).join('\n') : '';
}

function partText(part: { readonly text?: unknown } | null): string {
  return typeof part?.text === 'string' ? part.text : '';
}

/** Nothing for what is nested too deeply to be written, since that can be sent nowhere either. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

/** What earlier tool calls say: arguments are a string that holds JSON, and the model reads it as it is. */
function callsText(calls: unknown): string {
  return Array.isArray(calls) ? calls.map(callText).join('') : '';
}

function callText(call: { readonly function?: Called; readonly custom?: Called } | null): string {
  const { name, arguments: json, input } = call?.function ?? call?.custom ?? {};
  return [name, json, input].map((part) => (typeof part === 'string' ? `\n${part}` : '')).join('');
}

type Called = { readonly name?: unknown; readonly arguments?: unknown; readonly input?: unknown } | null;
