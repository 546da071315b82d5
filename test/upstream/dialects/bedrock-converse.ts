import type { EventStreamFrame } from '../../support/event-stream-frames.js';
import { saidBy, textsIn, type Dialect, type HeardItem, type SpokenAnswer, type SpokenPart } from './dialect.js';

// Requests are read back without knowing that they have any shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

const STOP_REASONS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  content_filter: 'guardrail_intervened',
};
const REQUEST_ID = { 'x-amzn-requestid': '9a1c0e7e-5b1f-4d49-8a57-0f0e5f3b7c11' };

/** Bedrock's Converse. */
export const bedrockConverse: Dialect = {
  family: 'bedrock-converse',
  model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  knows: {
    tools: true,
    images: true,
    reasoning: true,
    cachedTokens: true,
    textBesideCalls: true,
    ids: true,
    finishes: ['stop', 'length', 'content_filter'],
  },

  heard({ system, messages, toolConfig }: Any) {
    const items: HeardItem[] = [];
    let before: string | undefined;
    for (const { role, content } of messages) {
      expect(role).not.toBe(before);
      before = role;
      items.push(...content.flatMap((block: Any) => heardBlock(block, role)));
    }
    return {
      system: (system ?? []).flatMap(({ text }: Any) => textsIn(text)),
      items,
      tools: (toolConfig?.tools ?? []).map(({ toolSpec: { name, description, inputSchema } }: Any) => ({
        name,
        description,
        parameters: inputSchema.json,
      })),
    };
  },

  whole(answer) {
    const message = { role: 'assistant', content: answer.parts.map(blockOf) };
    const body = {
      output: { message },
      stopReason: stopReason(answer),
      usage: usageOf(answer),
      metrics: { latencyMs: 412 },
    };
    return [{ status: 200, headers: { 'content-type': 'application/json', ...REQUEST_ID }, body }];
  },

  streamed(answer) {
    const frames: EventStreamFrame[] = [];
    const tell = (name: string, payload: object) =>
      frames.push({ type: 'event', name, payload: { ...payload, p: 'abcdefgh' } });
    tell('messageStart', { role: 'assistant' });
    for (const [contentBlockIndex, part] of answer.parts.entries()) {
      if (part.kind === 'call')
        tell('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId: part.id, name: part.name } } });
      for (const piece of part.pieces) tell('contentBlockDelta', { contentBlockIndex, delta: deltaOf(part, piece) });
      tell('contentBlockStop', { contentBlockIndex });
    }
    tell('messageStop', { stopReason: stopReason(answer) });
    tell('metadata', { usage: usageOf(answer), metrics: { latencyMs: 412 } });
    return [{ status: 200, headers: REQUEST_ID, frames }];
  },
};

function heardBlock(block: Any, by: 'user' | 'assistant'): HeardItem[] {
  if (block.image) return [{ kind: 'image', mime: `image/${block.image.format}`, base64: block.image.source.bytes }];
  if (block.toolUse)
    return [{ kind: 'call', id: block.toolUse.toolUseId, name: block.toolUse.name, args: block.toolUse.input }];
  if (block.toolResult) {
    const said = block.toolResult.content.map((part: Any) => part.json ?? saidBy(part.text));
    return [{ kind: 'result', id: block.toolResult.toolUseId, said: said.length === 1 ? said[0] : said }];
  }
  // The API refuses blocks without text.
  expect(block.text).toMatch(/\S/);
  return textsIn(block.text).map((text) => ({ kind: 'text', by, text }));
}

function blockOf(part: SpokenPart) {
  const text = part.pieces.join('');
  if (part.kind === 'call')
    return { toolUse: { toolUseId: part.id, name: part.name, input: JSON.parse(text || '{}') as unknown } };
  return part.kind === 'text' ? { text } : { reasoningContent: { reasoningText: { text, signature: 'EqQB' } } };
}

function deltaOf({ kind }: SpokenPart, piece: string) {
  if (kind === 'call') return { toolUse: { input: piece } };
  return kind === 'text' ? { text: piece } : { reasoningContent: { text: piece } };
}

function stopReason({ parts, finish }: SpokenAnswer): string {
  return parts.some(({ kind }) => kind === 'call') ? 'tool_use' : STOP_REASONS[finish]!;
}

function usageOf({ promptTokens, cachedTokens, completionTokens }: SpokenAnswer) {
  return {
    inputTokens: promptTokens - cachedTokens,
    outputTokens: completionTokens,
    totalTokens: promptTokens + completionTokens,
    ...(cachedTokens > 0 && { cacheReadInputTokens: cachedTokens }),
  };
}
