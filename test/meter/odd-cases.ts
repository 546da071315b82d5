import fc from 'fast-check';

/** What stands where something else is expected: every kind of JSON value, and those that are known to trip code up. */
const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    { toString: 1 },
    { valueOf: null, toString: {} },
    { length: 3 },
    { text: { toString: 1 } },
    JSON.parse('{"__proto__":{"a":1}}'),
    'constructor',
    'toString',
    '__proto__',
    '\ud800',
    'x'.repeat(20_000),
    [[[[[[]]]]]],
    [null],
    [{ toString: 1 }],
  ),
  oddNumber(),
);

function oddNumber(): fc.Arbitrary<unknown> {
  return fc.constantFrom<unknown>(
    1e308,
    -5,
    '12',
    1.5,
    -0,
    0,
    5e-324,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    9e15,
    null,
    true,
    [7],
    {},
  );
}

/** Changes at a few places of a JSON value: which place, and what is put there. */
type Changes = readonly { readonly place: number; readonly value: unknown }[];

const changes = (most: number): fc.Arbitrary<Changes> =>
  fc.array(fc.record({ place: fc.nat(), value: oddValue }), { maxLength: most, size: 'max' });

/** A copy of a JSON value with something else at some of its places; what is named in `kept` stays. */
export function changed(value: unknown, made: Changes, kept: readonly string[] = []): unknown {
  const copy = structuredClone(value);
  for (const { place, value: odd } of made) {
    const places = placesIn(copy).filter(({ key }) => !kept.includes(String(key)));
    const chosen = places[place % Math.max(1, places.length)];
    if (chosen) chosen.holder[chosen.key as never] = structuredClone(odd) as never;
  }
  return copy;
}

function placesIn(value: unknown): { readonly holder: object; readonly key: string | number }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...placesIn(value[key as never])]);
}

/** One call, what its provider does, and when its caller leaves. */
export interface OddCase {
  readonly provider: 'openai' | 'anthropic' | 'google' | 'cohere' | 'mistral';
  readonly endpoint: 'chat' | 'stream' | 'embeddings' | 'moderations';
  readonly customer: 'capped' | 'free' | undefined;
  readonly request: Changes;
  readonly answer: Changes;
  /** Numbers put into the answer's usage, or none at all. */
  readonly usage: 'missing' | readonly [unknown, unknown];
  readonly ending: 'whole' | 'cut' | 'refused' | 'garbage';
  /** Milliseconds after which the caller leaves; undefined when it stays. */
  readonly leavesAfterMs: number | undefined;
  /** Whether the provider says nothing until the caller has left. */
  readonly isSilent: boolean;
  /** Whether it has an `Idempotency-Key`, with which it runs to its end although its caller leaves. */
  readonly isKeyed: boolean;
}

/** Endpoints as often as they matter, each with providers that have it. */
const routes: fc.Arbitrary<Pick<OddCase, 'endpoint' | 'provider'>> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ endpoint: fc.constant('chat'), provider: fc.constantFrom('openai', 'anthropic', 'google', 'cohere', 'mistral') }) }, // prettier-ignore
  { weight: 3, arbitrary: fc.record({ endpoint: fc.constant('stream'), provider: fc.constantFrom('openai', 'anthropic', 'google', 'cohere', 'mistral') }) }, // prettier-ignore
  {
    weight: 1,
    arbitrary: fc.record({
      endpoint: fc.constant('embeddings'),
      provider: fc.constantFrom('openai', 'google', 'cohere', 'mistral'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ endpoint: fc.constant('moderations'), provider: fc.constantFrom('openai', 'mistral') }),
  },
);

/** Any call at all. */
export const oddCase: fc.Arbitrary<OddCase> = fc
  .record({
    route: routes,
    customer: fc.constantFrom('capped', 'capped', 'free', undefined),
    request: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: changes(2) }),
    answer: fc.oneof(fc.constant([]), changes(3)),
    usage: fc.oneof(
      fc.constant('missing' as const),
      fc.tuple(oddNumber(), oddNumber()),
      fc.tuple(fc.nat(50), fc.nat(50)),
    ),
    ending: fc.oneof(
      { weight: 6, arbitrary: fc.constant('whole') },
      { weight: 3, arbitrary: fc.constantFrom('cut', 'refused', 'garbage') },
    ),
    leavesAfterMs: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(80) }),
  })
  .chain(({ route, ...rest }) => {
    const isLeft = rest.leavesAfterMs !== undefined;
    return fc
      .record({ isSilent: isLeft ? fc.boolean() : fc.constant(false), isKeyed: fc.nat(4) })
      .map(
        ({ isSilent, isKeyed }) => ({ ...route, ...rest, isSilent, isKeyed: isKeyed === 0 && !isSilent }) as OddCase,
      );
  });

const PLAIN = {
  request: [],
  answer: [],
  ending: 'whole',
  leavesAfterMs: undefined,
  isSilent: false,
  isKeyed: false,
} as const;

/**
 * Cases that were found by chance (their seeds are 1491438254, 1447492836, 1784709864 and 913458), and are tried each
 * time.
 */
export const FOUND_CASES: readonly OddCase[] = [
  { ...PLAIN, provider: 'mistral', endpoint: 'stream', customer: 'free', usage: [2, 1] },
  { ...PLAIN, provider: 'mistral', endpoint: 'chat', customer: 'free', usage: [2, 1], isKeyed: true },
  { ...PLAIN, provider: 'mistral', endpoint: 'chat', customer: 'capped', usage: [0, -0] },
  { ...PLAIN, provider: 'google', endpoint: 'stream', customer: 'capped', usage: [0, 2] },
  { ...PLAIN, provider: 'google', endpoint: 'stream', customer: undefined, usage: [-0, 0] },
];

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The body of a case's request before anything in it is changed. */
export function plainRequest(model: string, { endpoint, customer }: OddCase): object {
  if (endpoint === 'embeddings') return { model, input: ['one', 'two'], encoding_format: 'float', user: null };
  if (endpoint === 'moderations') return { model, input: ['one', 'two'], metadata: null };
  // An image of these models has no bound, so that nobody with a budget may send one.
  const images = customer === 'capped' ? [] : [{ type: 'image_url', image_url: { url: PIXEL, detail: 'low' } }];
  return {
    model,
    stream: endpoint === 'stream',
    stream_options: { include_usage: true },
    max_tokens: 50,
    reasoning_effort: null,
    messages: [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: [{ type: 'text', text: 'What is it?' }, ...images] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'A cat' },
      { role: 'user', content: 'And now?' },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'look', description: 'Looks', parameters: { type: 'object', properties: {} } },
      },
    ],
    tool_choice: 'auto',
    response_format: { type: 'text' },
    stop: ['END'],
  };
}

/**
 * What the provider says on its own wire before anything in it is changed: a whole answer, or the events of a stream.
 */
export function plainAnswer({ provider, endpoint, usage }: OddCase): readonly unknown[] {
  const [input, output] = usage === 'missing' ? [] : usage;
  // A total above its parts would say that something else was used, which Mistral's does of what was heard.
  const total = typeof input === 'number' && typeof output === 'number' ? input + output : 9;
  const openaiUsage =
    usage === 'missing' ? {} : { usage: { prompt_tokens: input, completion_tokens: output, total_tokens: total } };
  if (endpoint === 'embeddings') return [embeddingsAnswer(provider, openaiUsage)];
  if (endpoint === 'moderations') {
    const result = { flagged: false, categories: { hate: false }, category_scores: { hate: 0.1 } };
    return [{ id: 'modr-1', model: 'm', results: [result, result], ...openaiUsage }];
  }
  const isStream = endpoint === 'stream';
  switch (provider) {
    case 'anthropic':
      return anthropicAnswer(
        isStream,
        usage === 'missing' ? {} : { usage: { input_tokens: input, output_tokens: output } },
      );
    case 'google': {
      const counts =
        usage === 'missing' ? {} : { usageMetadata: { promptTokenCount: input, candidatesTokenCount: output } };
      return [
        {
          candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'A dog' }] }, finishReason: 'STOP' }],
          ...counts,
        },
      ];
    }
    case 'cohere':
      return cohereAnswer(
        isStream,
        usage === 'missing' ? {} : { usage: { tokens: { input_tokens: input, output_tokens: output } } },
      );
    case 'openai':
    case 'mistral':
      return openaiAnswer(isStream, openaiUsage);
  }
}

function embeddingsAnswer(provider: OddCase['provider'], usage: object): object {
  if (provider === 'google') return { embeddings: [{ values: [0.5] }, { values: [0.25] }] };
  if (provider === 'cohere')
    return { embeddings: { float: [[0.5], [0.25]] }, meta: { billed_units: { input_tokens: 2 } } };
  const data = [0, 1].map((index) => ({ object: 'embedding', index, embedding: [0.5] }));
  return { object: 'list', data, model: 'm', ...usage };
}

function openaiAnswer(isStream: boolean, usage: object): readonly unknown[] {
  const head = {
    id: 'chatcmpl-1',
    created: 1,
    model: 'm',
    object: isStream ? 'chat.completion.chunk' : 'chat.completion',
  };
  const message = { role: 'assistant', content: 'A dog', refusal: null };
  if (!isStream) return [{ ...head, choices: [{ index: 0, message, finish_reason: 'stop' }], ...usage }];
  const chunk = (delta: object, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  return [
    chunk({ role: 'assistant', content: '' }, null),
    chunk({ content: 'A dog' }, null),
    chunk({}, 'stop'),
    { ...head, choices: [], ...usage },
  ];
}

function anthropicAnswer(isStream: boolean, usage: object): readonly unknown[] {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' };
  if (!isStream) return [{ ...message, content: [{ type: 'text', text: 'A dog' }], ...usage }];
  return [
    { type: 'message_start', message: { ...message, content: [], ...usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'A dog' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, ...usage },
    { type: 'message_stop' },
  ];
}

function cohereAnswer(isStream: boolean, usage: object): readonly unknown[] {
  if (!isStream)
    return [
      {
        id: '1',
        finish_reason: 'COMPLETE',
        message: { role: 'assistant', content: [{ type: 'text', text: 'A dog' }] },
        ...usage,
      },
    ];
  return [
    { type: 'message-start', id: '1', delta: { message: { role: 'assistant', content: [] } } },
    { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
    { type: 'content-delta', index: 0, delta: { message: { content: { text: 'A dog' } } } },
    { type: 'content-end', index: 0 },
    { type: 'message-end', delta: { finish_reason: 'COMPLETE', ...usage } },
  ];
}
