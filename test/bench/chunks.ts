/**
 * `npm run bench -- --chunks`: what one chunk of a stream costs between the network and the caller, by wire family.
 * Streams lie in memory, a network read for each chunk, and go through the gateway's own reader, parser and writer,
 * without sockets, meter and book.
 */
import { encodeFrame } from './event-frame.ts';

/** Chunks of one stream; long enough that what is done once a stream does not show. */
const CHUNKS = 2000;
const MEASURED_MS = 1500;
const WARM_UP_MS = 500;
const WORDS = 'The quick brown fox jumps over the lazy dog while it rains in the harbour'
  .split(' ')
  .map((word) => ` ${word}`);

/** A stream of one family: how its text chunks are written, and what stands before and behind them. */
interface Stream {
  readonly provider: string;
  readonly model: string;
  readonly before: readonly string[];
  readonly chunk: (text: string) => string;
  readonly after: readonly string[];
}

/** What a bench sends is within every limit. */
const UNLIMITED = {
  bytes: Infinity,
  vectorBytes: Infinity,
  memoryBytes: Infinity,
  heldBytes: Infinity,
  depth: Infinity,
  choices: Infinity,
  toolCalls: Infinity,
  streamBytes: Infinity,
  eventBytes: Infinity,
  events: Infinity,
};

const data = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const named = (json: { readonly type: string }) => `event: ${json.type}\n${data(json)}`;
const openai = (choices: unknown, more: object = {}) =>
  data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_770_000_000,
    model: 'm',
    system_fingerprint: 'fp_1',
    choices,
    ...more,
  });
const choice = (delta: unknown, finish: string | null = null) => [
  { index: 0, delta, logprobs: null, finish_reason: finish },
];

const openaiChat = (provider: string): Stream => ({
  provider,
  model: 'm',
  before: [openai(choice({ role: 'assistant', content: '', refusal: null }))],
  chunk: (content) => openai(choice({ content })),
  after: [
    openai(choice({}, 'stop')),
    openai([], { usage: { prompt_tokens: 9, completion_tokens: CHUNKS, total_tokens: CHUNKS + 9 } }),
    'data: [DONE]\n\n',
  ],
});

const gemini = (part: object, more: object = {}) =>
  `data: ${JSON.stringify({ candidates: [{ content: { parts: [part], role: 'model' }, index: 0, ...more }], usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 }, modelVersion: 'gemini-2.5-flash', responseId: 'r1' })}\r\n\r\n`;

/** What is measured: passthrough, then every translated family. */
const STREAMS: Readonly<Record<string, Stream>> = {
  'openai-chat, passed through (openai)': openaiChat('openai'),
  'openai-chat, translated (groq)': openaiChat('groq'),
  'anthropic-messages': {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    before: [
      named({
        type: 'message_start',
        message: {
          id: 'msg_1',
          model: 'claude-sonnet-4-5',
          role: 'assistant',
          content: [],
          usage: { input_tokens: 9, output_tokens: 1 },
        },
      } as never),
      named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as never),
    ],
    chunk: (text) => named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as never),
    after: [
      named({ type: 'content_block_stop', index: 0 } as never),
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: CHUNKS } } as never),
      named({ type: 'message_stop' }),
    ],
  },
  gemini: {
    provider: 'google',
    model: 'gemini-2.5-flash',
    before: [],
    chunk: (text) => gemini({ text }),
    after: [gemini({ text: '' }, { finishReason: 'STOP' })],
  },
  'cohere-v2': {
    provider: 'cohere',
    model: 'command-a-03-2025',
    before: [
      named({ type: 'message-start', id: 'c1', delta: { message: { role: 'assistant' } } } as never),
      named({ type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } } as never),
    ],
    chunk: (text) => named({ type: 'content-delta', index: 0, delta: { message: { content: { text } } } } as never),
    after: [
      named({ type: 'content-end', index: 0 } as never),
      named({
        type: 'message-end',
        delta: { finish_reason: 'COMPLETE', usage: { tokens: { input_tokens: 9, output_tokens: CHUNKS } } },
      } as never),
      'data: [DONE]\n\n',
    ],
  },
  replicate: {
    provider: 'replicate',
    model: 'meta/meta-llama-3-70b-instruct',
    before: [],
    chunk: (text) => `event: output\nid: 1:0\ndata: ${text}\n\n`,
    after: [
      'event: done\ndata: {}\n\n',
      `event: prediction\ndata: ${JSON.stringify({ id: 'p1', status: 'succeeded', metrics: { input_token_count: 9, output_token_count: CHUNKS } })}\n\n`,
    ],
  },
};

/** Bedrock's stream is binary. */
const BEDROCK = {
  provider: 'bedrock',
  model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  before: [encodeFrame('messageStart', { role: 'assistant' })],
  chunk: (text: string) => encodeFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'abcdefgh' }),
  after: [
    encodeFrame('contentBlockStop', { contentBlockIndex: 0 }),
    encodeFrame('messageStop', { stopReason: 'end_turn' }),
    encodeFrame('metadata', {
      usage: { inputTokens: 9, outputTokens: CHUNKS, totalTokens: CHUNKS + 9 },
      metrics: { latencyMs: 9 },
    }),
  ],
};

/** The CPU that one chunk takes. */
export interface ChunkCost {
  readonly family: string;
  readonly cpuMicrosecondsPerChunk: number;
  /** Bytes of one chunk as the provider sends it. */
  readonly bytes: number;
}

/** Measures every family, one after the other, from the built gateway. */
export async function measureChunks(): Promise<ChunkCost[]> {
  const costs: ChunkCost[] = [];
  for (const [family, stream] of Object.entries(STREAMS)) {
    const pieces = [...stream.before, ...texts(stream.chunk), ...stream.after].map((text) => Buffer.from(text));
    costs.push(await measured(family, stream, pieces));
  }
  costs.push(
    await measured('bedrock-converse', BEDROCK, [...BEDROCK.before, ...texts(BEDROCK.chunk), ...BEDROCK.after]),
  );
  return costs;
}

function texts<Piece>(chunk: (text: string) => Piece): Piece[] {
  return Array.from({ length: CHUNKS }, (_, place) => chunk(WORDS[place % WORDS.length]!));
}

async function measured(
  family: string,
  { provider, model }: Pick<Stream, 'provider' | 'model'>,
  pieces: readonly Buffer[],
): Promise<ChunkCost> {
  const { openStream } = await built<typeof import('../../src/upstream/answer/stream-answer.js')>(
    'upstream/answer/stream-answer.js',
  );
  const { PROTOCOLS } =
    await built<typeof import('../../src/upstream/protocols/index.js')>('upstream/protocols/index.js');
  const { findProvider } =
    await built<typeof import('../../src/upstream/providers/index.js')>('upstream/providers/index.js');
  const { LargeAnswers } = await built<typeof import('../../src/upstream/answer/large-answers.js')>(
    'upstream/answer/large-answers.js',
  );
  const place = findProvider(provider)!;
  const { protocol, quirks } = place;
  const call = {
    provider,
    model,
    baseUrl: 'http://bench.invalid',
    apiKey: 'k',
    settings: {},
    account: 'acc_1',
    userHash: undefined,
    requestId: 'req_1',
    signal: new AbortController().signal,
    waited: { upstreamMs: 0 },
    body: { model, messages: [], stream: true },
  };
  const once = async () => {
    const body = { [Symbol.asyncIterator]: () => arriving(pieces), release: () => undefined };
    const { steps } = await openStream(body, {
      call,
      protocol: PROTOCOLS[protocol],
      quirks,
      headers: {},
      provider: place,
      nowMs: 0,
      limits: UNLIMITED,
      large: new LargeAnswers(UNLIMITED),
    });
    let bytes = 0;
    for await (const step of steps) bytes += step.bytes?.length ?? 0;
    if (bytes === 0) throw new Error(`${family} gave nothing`);
  };
  await repeated(once, WARM_UP_MS);
  const before = process.cpuUsage();
  const streams = await repeated(once, MEASURED_MS);
  const { user, system } = process.cpuUsage(before);
  return {
    family,
    cpuMicrosecondsPerChunk: (user + system) / (streams * CHUNKS),
    bytes: pieces[Math.floor(pieces.length / 2)]!.length,
  };
}

/** A module of the built gateway. */
async function built<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as Module;
}

/** @returns how often it ran */
async function repeated(run: () => Promise<void>, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let times = 0;
  for (; performance.now() < until; times++) await run();
  return times;
}

async function* arriving(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield piece;
}

/** The table of the report. */
export function renderChunks(costs: readonly ChunkCost[]): string {
  const rows = costs.map(
    ({ family, cpuMicrosecondsPerChunk, bytes }) =>
      `  ${family.padEnd(40)}${cpuMicrosecondsPerChunk.toFixed(2).padStart(8)}${String(bytes).padStart(8)}`,
  );
  return [
    `${'CHUNKS (CPU µs a chunk, one chunk a read)'.padEnd(42)}${'µs'.padStart(8)}${'bytes'.padStart(8)}`,
    ...rows,
  ].join('\n');
}
