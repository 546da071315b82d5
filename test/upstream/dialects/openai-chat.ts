import {
  callsOf,
  imageOf,
  joined,
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

const HEAD = { id: 'chatcmpl-golden', created: 1_770_000_000, model: 'a-model-2026' };

/** OpenAI's own way. */
export const openaiChat: Dialect = {
  family: 'openai-chat',
  model: 'a-model',
  knows: {
    tools: true,
    images: true,
    reasoning: true,
    cachedTokens: true,
    textBesideCalls: true,
    ids: true,
    finishes: ['stop', 'length', 'content_filter'],
  },

  heard({ messages, tools }: Any) {
    const system: string[] = [];
    const items: HeardItem[] = [];
    for (const message of messages) {
      const parts =
        typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? []);
      if (message.role === 'system' || message.role === 'developer')
        system.push(...parts.flatMap(({ text }: Any) => textsIn(text)));
      else if (message.role === 'tool') {
        items.push({
          kind: 'result',
          id: message.tool_call_id,
          said: saidBy(parts.map(({ text }: Any) => text).join('')),
        });
      } else
        items.push(
          ...parts.flatMap((part: Any) => heardPart(part, message.role)),
          ...(message.tool_calls ?? []).map(heardCall),
        );
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
    const reasoning = joined(answer, 'reasoning');
    const message = {
      role: 'assistant',
      content: joined(answer, 'text') || null,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
      refusal: null,
      annotations: [],
    };
    const choice = { index: 0, message, logprobs: null, finish_reason: finishOf(answer) };
    return jsonAnswer({
      ...HEAD,
      object: 'chat.completion',
      choices: [choice],
      usage: usageOf(answer),
      system_fingerprint: 'fp_1',
    });
  },

  streamed(answer) {
    const deltas: object[] = [];
    const [first] = answer.parts;
    deltas.push(
      first?.kind === 'call' ? { role: 'assistant', content: null } : { role: 'assistant', content: '', refusal: null },
    );
    let index = -1;
    for (const part of answer.parts) {
      if (part.kind === 'call') {
        index++;
        deltas.push({
          tool_calls: [{ index, id: part.id, type: 'function', function: { name: part.name, arguments: '' } }],
        });
        const args = part.pieces.length === 0 ? ['{}'] : part.pieces;
        for (const piece of args) deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
      } else
        for (const piece of part.pieces)
          deltas.push({ [part.kind === 'text' ? 'content' : 'reasoning_content']: piece });
    }
    return sseAnswer([
      ...deltas.map((delta) => chunk([{ index: 0, delta, logprobs: null, finish_reason: null }], null)),
      chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: finishOf(answer) }], null),
      chunk([], usageOf(answer)),
      'data: [DONE]\n\n',
    ]);
  },
};

/**
 * What those who copied it make of it: CRLF and comments, the role and an empty text in each delta, whole tool calls
 * without type or index, the finish beside the last piece and again behind it, usage with the finish, reasoning by its
 * other name, fields of their own, no `[DONE]`.
 */
export const copiedChat: Dialect = {
  ...openaiChat,

  streamed(answer) {
    const deltas: object[] = [];
    for (const part of answer.parts) {
      if (part.kind === 'call') {
        const called = { id: part.id, function: { name: part.name, arguments: part.pieces.join('') } };
        deltas.push({ role: 'assistant', content: '', tool_calls: [called] });
      } else {
        const field = part.kind === 'text' ? 'content' : 'reasoning';
        for (const piece of part.pieces)
          deltas.push({ role: 'assistant', content: '', tool_calls: null, [field]: piece });
      }
    }
    const last = deltas.length - 1;
    const events = deltas.map((delta, position) =>
      chunk([{ index: 0, delta, finish_reason: position === last ? finishOf(answer) : null, seed: 7 }], undefined, {
        x_own: { p: 'abc' },
      }),
    );
    const end = chunk(
      [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: finishOf(answer) }],
      usageOf(answer),
    );
    return sseAnswer([': processing\n\n', ...events, end].map((event) => event.replaceAll('\n', '\r\n')));
  },
};

function chunk(choices: readonly object[], usage: unknown, more: object = {}): string {
  return `data: ${JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices, usage, ...more })}\n\n`;
}

function finishOf(answer: SpokenAnswer): string {
  return callsOf(answer).length > 0 ? 'tool_calls' : answer.finish;
}

function usageOf({ promptTokens, completionTokens, cachedTokens }: SpokenAnswer) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function heardPart(part: Any, by: 'user' | 'assistant'): HeardItem[] {
  if (part.type === 'image_url') return [imageOf(part.image_url.url)];
  return textsIn(part.text).map((text) => ({ kind: 'text', by, text }));
}

function heardCall({ id, type, function: { name, arguments: text } }: Any): HeardItem {
  expect(type).toBe('function');
  return { kind: 'call', id, name, args: JSON.parse(text) };
}
