import { joined, textsIn, type Dialect, type HeardItem, type ServedAnswers, type SpokenAnswer } from './dialect.js';

// Requests are read back without knowing that they have any shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

const ID = 'rrr4z55ocneqzikepnug6xezpe';

/** Predictions: a request, then where its answer is to be had. */
export const replicate: Dialect = {
  family: 'replicate',
  model: 'meta/meta-llama-3-70b-instruct',
  knows: {
    tools: false,
    images: false,
    reasoning: false,
    cachedTokens: false,
    textBesideCalls: false,
    ids: false,
    finishes: ['stop'],
  },

  heard({ input }: Any) {
    const items: HeardItem[] = [];
    const turns = [...input.prompt.matchAll(/^(User|Assistant): ((?:\s*«[^»]*»)+)/gm)];
    if (turns.length === 0)
      items.push(...textsIn(input.prompt).map((text) => ({ kind: 'text', by: 'user', text }) as const));
    for (const [, who, said] of turns) {
      items.push(
        ...textsIn(said).map((text) => ({ kind: 'text', by: who === 'User' ? 'user' : 'assistant', text }) as const),
      );
    }
    return { system: textsIn(input.system_prompt), items, tools: [] };
  },

  whole: (answer) => [prediction('succeeded', { output: piecesOf(answer), metrics: metricsOf(answer) })],

  streamed: (answer) => [
    prediction('starting', { output: null }),
    {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      chunks: [
        ': hi\n\n',
        ...piecesOf(answer).map(
          (piece, no) =>
            `event: output\nid: ${no}:0\n${piece
              .split('\n')
              .map((line) => `data: ${line}`)
              .join('\n')}\n\n`,
        ),
        'event: done\nid: 9:0\ndata: {}\n\n',
      ],
    },
    prediction('succeeded', { output: piecesOf(answer), metrics: metricsOf(answer) }),
  ],
};

function piecesOf({ parts }: SpokenAnswer): string[] {
  return parts.flatMap(({ kind, pieces }) => (kind === 'text' ? pieces : []));
}

function metricsOf(answer: SpokenAnswer) {
  const { promptTokens, completionTokens } = answer;
  return {
    predict_time: joined(answer, 'text').length / 100,
    input_token_count: promptTokens,
    output_token_count: completionTokens,
  };
}

function prediction(status: string, more: object): ServedAnswers[number] {
  const urls = {
    get: `https://api.replicate.com/v1/predictions/${ID}`,
    cancel: `https://api.replicate.com/v1/predictions/${ID}/cancel`,
    stream: `https://stream.replicate.com/v1/files/${ID}`,
  };
  const body = {
    id: ID,
    model: 'meta/meta-llama-3-70b-instruct',
    version: 'hidden',
    input: {},
    logs: '',
    error: null,
    status,
    urls,
    ...more,
  };
  return { status: 201, headers: { 'content-type': 'application/json' }, body };
}
