import type { ChatBody } from './call.js';

/** What the chat format adds around each message, in tokens. */
const TOKENS_PER_MESSAGE = 4;

/**
 * The text of a prompt and the tokens its framing adds: what is most likely read of a request whose usage nobody reported.
 * Images and audio are not in it. It stays below what `policy/call-bound.ts` says can be read at most.
 */
export function promptText({ messages, tools }: ChatBody): { readonly text: string; readonly framingTokens: number } {
  const parts = messages.map(({ content, tool_calls: calls }) => `${contentText(content)}${callsText(calls)}`);
  if (tools !== undefined) parts.push(JSON.stringify(tools));
  return { text: parts.join('\n'), framingTokens: messages.length * TOKENS_PER_MESSAGE };
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => ((part as { text?: unknown } | null)?.text as string | undefined) ?? '').join('\n');
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
