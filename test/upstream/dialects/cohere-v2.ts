import {
  callsOf,
  imageOf,
  jsonAnswer,
  saidBy,
  sseAnswer,
  textsIn,
  type Dialect,
  type HeardItem,
  type SpokenAnswer,
} from './dialect.js';

// Requests are read back without knowing that they have any shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

const FINISH_REASONS: Readonly<Record<string, string>> = { stop: 'COMPLETE', length: 'MAX_TOKENS' };

/** Cohere's chat, version 2. */
export const cohereV2: Dialect = {
  family: 'cohere-v2',
  model: 'command-a-03-2025',
  knows: {
    tools: true,
    images: true,
    reasoning: true,
    cachedTokens: true,
    textBesideCalls: false,
    ids: true,
    finishes: ['stop', 'length'],
  },

  heard({ messages, tools }: Any) {
    const system: string[] = [];
    const items: HeardItem[] = [];
    for (const message of messages) {
      const parts =
        typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? []);
      if (message.role === 'system') system.push(...parts.flatMap(({ text }: Any) => textsIn(text)));
      else if (message.role === 'tool') {
        const said = parts.map((part: Any) => (part.type === 'document' ? part.document.data : part.text));
        items.push({ kind: 'result', id: message.tool_call_id, said: said.length === 1 ? saidBy(said[0]) : said });
      } else {
        // A message has tool calls or content, never both.
        expect(message.tool_calls === undefined || message.content === undefined).toBe(true);
        items.push(
          ...parts.flatMap((part: Any) => heardPart(part, message.role)),
          ...(message.tool_calls ?? []).map(heardCall),
        );
      }
    }
    return {
      system,
      items,
      tools: (tools ?? []).map(({ function: { name, description, parameters } }: Any) => ({
        name,
        description,
        parameters,
      })),
    };
  },

  whole(answer) {
    const calls = callsOf(answer).map(({ id, name, text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text || '{}' },
    }));
    const content = answer.parts
      .filter(({ kind }) => kind !== 'call')
      .map(({ kind, pieces }) => contentOf(kind, pieces.join('')));
    return jsonAnswer({
      id: 'c14c80c3-18eb-4519-9460-6c92edd8cfb4',
      message: {
        role: 'assistant',
        ...(content.length > 0 && { content }),
        ...(calls.length > 0 && { tool_calls: calls }),
      },
      ...endOf(answer),
    });
  },

  streamed(answer) {
    const events: { type: string; [field: string]: unknown }[] = [
      {
        type: 'message-start',
        id: 'c14c80c3-18eb-4519-9460-6c92edd8cfb4',
        delta: { message: { role: 'assistant', content: [] } },
      },
    ];
    for (const [index, part] of answer.parts.entries()) {
      if (part.kind === 'call') {
        const call = { id: part.id, type: 'function', function: { name: part.name, arguments: '' } };
        events.push({ type: 'tool-call-start', index, delta: { message: { tool_calls: call } } });
        for (const piece of part.pieces) {
          events.push({
            type: 'tool-call-delta',
            index,
            delta: { message: { tool_calls: { function: { arguments: piece } } } },
          });
        }
        events.push({ type: 'tool-call-end', index });
      } else {
        events.push({ type: 'content-start', index, delta: { message: { content: contentOf(part.kind, '') } } });
        for (const piece of part.pieces) {
          const { type: _, ...content } = contentOf(part.kind, piece);
          events.push({ type: 'content-delta', index, delta: { message: { content } } });
        }
        events.push({ type: 'content-end', index });
      }
    }
    events.push({ type: 'message-end', delta: endOf(answer) });
    return sseAnswer([
      ...events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
      'data: [DONE]\n\n',
    ]);
  },
};

function heardPart(part: Any, by: 'user' | 'assistant'): HeardItem[] {
  if (part.type === 'image_url') return [imageOf(part.image_url.url)];
  return textsIn(part.text).map((text) => ({ kind: 'text', by, text }));
}

function heardCall({ id, type, function: { name, arguments: text } }: Any): HeardItem {
  expect(type).toBe('function');
  return { kind: 'call', id, name, args: JSON.parse(text) };
}

function contentOf(kind: string, text: string): { type: string; text?: string; thinking?: string } {
  return kind === 'text' ? { type: 'text', text } : { type: 'thinking', thinking: text };
}

function endOf({ parts, finish, promptTokens, cachedTokens, completionTokens }: SpokenAnswer) {
  return {
    finish_reason: parts.some(({ kind }) => kind === 'call') ? 'TOOL_CALL' : FINISH_REASONS[finish],
    usage: {
      billed_units: { input_tokens: Math.max(0, promptTokens - 5), output_tokens: completionTokens },
      tokens: { input_tokens: promptTokens, output_tokens: completionTokens },
      ...(cachedTokens > 0 && { cached_tokens: cachedTokens }),
    },
  };
}
