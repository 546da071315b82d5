import {
  jsonAnswer,
  saidBy,
  sseAnswer,
  textsIn,
  type Dialect,
  type HeardItem,
  type SpokenAnswer,
  type SpokenPart,
} from './dialect.js';

// Requests are read back without knowing that they have any shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

const STOP_REASONS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  content_filter: 'refusal',
};

/** The Messages API. */
export const anthropicMessages: Dialect = {
  family: 'anthropic-messages',
  model: 'claude-sonnet-4-5',
  knows: {
    tools: true,
    images: true,
    reasoning: true,
    cachedTokens: true,
    textBesideCalls: true,
    ids: true,
    finishes: ['stop', 'length', 'content_filter'],
  },

  heard({ system, messages, tools }: Any) {
    const items: HeardItem[] = [];
    let before: string | undefined;
    for (const { role, content } of messages) {
      // Neighbours of one role would be merged by the API, which the gateway does itself so that results stand with
      // their turn.
      expect(role).not.toBe(before);
      before = role;
      const blocks = blocksOf(content);
      const types = blocks.map(({ type }: Any) => type);
      // Results must come before anything else of their message.
      expect(types.lastIndexOf('tool_result')).toBeLessThan(
        types.filter((type: string) => type === 'tool_result').length,
      );
      items.push(...blocks.flatMap((block: Any) => heardBlock(block, role)));
    }
    return {
      system: blocksOf(system ?? []).flatMap(({ text }: Any) => textsIn(text)),
      items,
      tools: (tools ?? []).map(({ name, description, input_schema: parameters }: Any) => ({
        name,
        description,
        parameters,
      })),
    };
  },

  whole(answer) {
    return jsonAnswer({
      id: 'msg_01golden',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5-20250929',
      content: answer.parts.map(blockOf),
      ...endOf(answer),
      usage: { ...inputUsage(answer), output_tokens: answer.completionTokens, service_tier: 'standard' },
    });
  },

  streamed(answer) {
    const message = {
      id: 'msg_01golden',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5-20250929',
      content: [],
    };
    const events: object[] = [
      {
        type: 'message_start',
        message: {
          ...message,
          stop_reason: null,
          usage: { ...inputUsage(answer), output_tokens: Math.min(1, answer.completionTokens) },
        },
      },
      { type: 'ping' },
    ];
    for (const [index, part] of answer.parts.entries()) {
      events.push({ type: 'content_block_start', index, content_block: begunBlock(part) });
      if (part.kind === 'call')
        events.push({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: '' } });
      for (const piece of part.pieces) events.push({ type: 'content_block_delta', index, delta: deltaOf(part, piece) });
      if (part.kind === 'reasoning')
        events.push({ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature: 'EqQB' } });
      events.push({ type: 'content_block_stop', index }, { type: 'an_event_of_later' });
    }
    events.push(
      { type: 'message_delta', delta: endOf(answer), usage: { output_tokens: answer.completionTokens } },
      { type: 'message_stop' },
    );
    return sseAnswer(
      events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`),
    );
  },
};

function blocksOf(content: Any): Any {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function heardBlock(block: Any, by: 'user' | 'assistant'): HeardItem[] {
  switch (block.type) {
    case 'text':
      // The API refuses blocks without text.
      expect(block.text).toMatch(/\S/);
      return textsIn(block.text).map((text) => ({ kind: 'text', by, text }));
    case 'image':
      expect(block.source.type).toBe('base64');
      return [{ kind: 'image', mime: block.source.media_type, base64: block.source.data }];
    case 'tool_use':
      return [{ kind: 'call', id: block.id, name: block.name, args: block.input }];
    case 'tool_result': {
      const text = blocksOf(block.content ?? [])
        .map((part: Any) => part.text)
        .join('');
      return [{ kind: 'result', id: block.tool_use_id, said: saidBy(text) }];
    }
    default:
      throw new Error(`no such block: ${block.type}`);
  }
}

function blockOf(part: SpokenPart) {
  const text = part.pieces.join('');
  if (part.kind === 'call')
    return { type: 'tool_use', id: part.id, name: part.name, input: JSON.parse(text || '{}') as unknown };
  return part.kind === 'text' ? { type: 'text', text } : { type: 'thinking', thinking: text, signature: 'EqQB' };
}

function begunBlock(part: SpokenPart) {
  if (part.kind === 'call') return { type: 'tool_use', id: part.id, name: part.name, input: {} };
  return part.kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' };
}

function deltaOf({ kind }: SpokenPart, piece: string) {
  if (kind === 'call') return { type: 'input_json_delta', partial_json: piece };
  return kind === 'text' ? { type: 'text_delta', text: piece } : { type: 'thinking_delta', thinking: piece };
}

function endOf({ parts, finish }: SpokenAnswer) {
  return {
    stop_reason: parts.some(({ kind }) => kind === 'call') ? 'tool_use' : STOP_REASONS[finish],
    stop_sequence: null,
  };
}

function inputUsage({ promptTokens, cachedTokens }: SpokenAnswer) {
  return { input_tokens: promptTokens - cachedTokens, cache_read_input_tokens: cachedTokens };
}
