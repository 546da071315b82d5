import type { ChatBody } from '../domain/call.js';

/** What the chat format adds around each message, in tokens. */
const TOKENS_PER_MESSAGE = 4;

/** The text of a prompt and the tokens its framing adds: what can be counted of a request whose usage nobody reported. Images and audio are not in it. */
export function promptText({ messages, tools }: ChatBody): { readonly text: string; readonly framingTokens: number } {
  const parts = messages.map(
    ({ content, tool_calls: calls }) => `${contentText(content)}${calls === undefined ? '' : JSON.stringify(calls)}`,
  );
  if (tools !== undefined) parts.push(JSON.stringify(tools));
  return { text: parts.join('\n'), framingTokens: messages.length * TOKENS_PER_MESSAGE };
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => ((part as { text?: unknown } | null)?.text as string | undefined) ?? '').join('\n');
}
