import {
  jsonAnswer,
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

const FINISH_REASONS: Readonly<Record<string, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
  tool_calls: 'STOP',
};

/** Google's `generateContent`. */
export const gemini: Dialect = {
  family: 'gemini',
  model: 'gemini-2.5-flash',
  knows: {
    tools: true,
    images: true,
    reasoning: true,
    cachedTokens: true,
    textBesideCalls: true,
    ids: false,
    finishes: ['stop', 'length', 'content_filter'],
  },

  heard({ systemInstruction, contents, tools }: Any) {
    const items: HeardItem[] = [];
    let before: string | undefined;
    for (const { role, parts } of contents) {
      expect(role).not.toBe(before);
      before = role;
      expect(parts).not.toEqual([]);
      items.push(...parts.flatMap((part: Any) => heardPart(part, role === 'model' ? 'assistant' : 'user')));
    }
    const declared = (tools ?? []).flatMap(({ functionDeclarations = [] }: Any) => functionDeclarations);
    return {
      system: (systemInstruction?.parts ?? []).flatMap(({ text }: Any) => textsIn(text)),
      items,
      tools: declared.map((one: Any) => ({
        name: one.name,
        description: one.description,
        parameters: one.parametersJsonSchema ?? one.parameters,
      })),
    };
  },

  whole(answer) {
    return jsonAnswer(responseOf(answer, answer.parts.map(wholePart), FINISH_REASONS[answer.finish]));
  },

  streamed(answer) {
    const parts = answer.parts.flatMap((part) =>
      part.kind === 'call'
        ? [wholePart(part)]
        : part.pieces.map((piece) => wholePart({ kind: part.kind, pieces: [piece] })),
    );
    const responses = parts.map((part) => responseOf(answer, [part], undefined));
    responses.push(responseOf(answer, [{ text: '' }], FINISH_REASONS[answer.finish]));
    return sseAnswer(
      responses.map((response) => `data: ${JSON.stringify(response, null, 1).replaceAll(/\n\s*/g, ' ')}\r\n\r\n`),
    );
  },
};

function heardPart(part: Any, by: 'user' | 'assistant'): HeardItem[] {
  if (part.inlineData) return [{ kind: 'image', mime: part.inlineData.mimeType, base64: part.inlineData.data }];
  if (part.functionCall)
    return [{ kind: 'call', id: undefined, name: part.functionCall.name, args: part.functionCall.args ?? {} }];
  if (part.functionResponse) {
    const { response } = part.functionResponse;
    const wrapped = typeof response.result === 'string' && textsIn(response.result).length > 0;
    return [{ kind: 'result', id: undefined, said: wrapped ? response.result : response }];
  }
  expect(typeof part.text).toBe('string');
  return textsIn(part.text).map((text) => ({ kind: 'text', by, text }));
}

function wholePart(part: SpokenPart) {
  const text = part.pieces.join('');
  if (part.kind === 'call') return { functionCall: { name: part.name, args: JSON.parse(text || '{}') as unknown } };
  return part.kind === 'text' ? { text } : { text, thought: true };
}

function responseOf(
  { promptTokens, cachedTokens, completionTokens }: SpokenAnswer,
  parts: readonly object[],
  finishReason?: string,
) {
  return {
    candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }],
    usageMetadata: {
      promptTokenCount: promptTokens,
      candidatesTokenCount: finishReason === undefined ? Math.min(1, completionTokens) : completionTokens,
      totalTokenCount: promptTokens + completionTokens,
      ...(cachedTokens > 0 && { cachedContentTokenCount: cachedTokens }),
    },
    modelVersion: 'gemini-2.5-flash',
    responseId: 'golden-response',
  };
}
