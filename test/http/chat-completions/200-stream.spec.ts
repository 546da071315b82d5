import fc from 'fast-check';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import {
  bytes,
  chunk,
  completion,
  delta,
  DONE,
  json,
  type Script,
  SSE_HEADERS,
  streamOf,
} from '../../support/scripted-upstream.js';
import { serving, usageOf } from '../../support/serving.js';
import { objectsIn, textIn } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const OPENAI = 'fc:openai/gpt-4o-mini';
const OLLAMA = 'fc:ollama/llama3';
const SANDBOX = 'fc:sandbox/echo';
const PIECES = ['Hel', 'lo, ', 'wörld ', '👩‍🚀', '!'];
const USAGE = usageOf(11, 7);

const lastUsage = async () => (await usageIn(ringside)).at(-1)!;

/** The bytes a caller gets for a stream that the upstream answers by this script. */
async function streamed(script: Script | undefined, body: Record<string, unknown> = {}): Promise<Buffer> {
  if (script) ringside.upstream.replyOnce(script);
  const response = await ringside.chat({ stream: true, ...body });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  return Buffer.from(await response.arrayBuffer());
}

/** A whole stream of these pieces that serves this usage. */
function stream(usage = USAGE, model = 'gpt-4o-mini'): Script {
  return serving(usage, bytes(streamOf(PIECES, { usage, model })));
}

describe('POST /v1/chat/completions with stream: true', () => {
  it('names the request, the reference that served and the time spent here', async () => {
    ringside.upstream.replyOnce(stream());
    const { headers, ...response } = await ringside.chat({ stream: true }).then(async (answer) => ({
      headers: answer.headers,
      text: await answer.text(),
    }));
    expect(response.text.endsWith(DONE)).toBe(true);
    expect(headers.get('x-ringside-model-used')).toBe(OPENAI);
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(Number(headers.get('x-ringside-overhead-ms'))).toBeGreaterThan(0);
    expect(await lastUsage()).toMatchObject({
      requestId: headers.get('x-request-id'),
      data: {
        stream: true,
        outcome: 'completed',
        status: 200,
        upstreamModel: 'gpt-4o-mini-2024-07-18',
        tokens: { input: 11, output: 7 },
      },
    });
  });

  it.each([
    ['openai', OPENAI],
    ['ollama', OLLAMA],
    ['sandbox', SANDBOX],
  ])('has the exact shape of OpenAI’s stream: %s', async (provider, model) => {
    const script = provider === 'sandbox' ? undefined : stream(USAGE, 'm');
    const content = 'a question of some words';
    const body = { model, stream_options: { include_usage: true }, messages: [{ role: 'user', content }] };
    const text = (await streamed(script, body)).toString();
    expect(text.endsWith(`\n\n${DONE}`)).toBe(true);
    const chunks = objectsIn(text);
    const last = chunks.pop();
    const deltas = chunks.map(({ choices: [choice] }) => choice);
    for (const one of chunks)
      expect(one).toMatchObject({ object: 'chat.completion.chunk', usage: null, choices: [{ index: 0 }] });
    for (const key of ['id', 'created', 'model'])
      expect(new Set([...chunks, last].map((one) => one[key])).size).toBe(1);
    expect(deltas.map(({ delta: { role } }) => role)).toEqual([
      'assistant',
      ...Array(deltas.length - 1).fill(undefined),
    ]);
    expect(deltas.map(({ finish_reason }) => finish_reason)).toEqual([...Array(deltas.length - 1).fill(null), 'stop']);
    expect(deltas.at(-1).delta).toEqual({});
    expect(textIn(text)).toBe(provider === 'sandbox' ? content : PIECES.join(''));
    expect(last).toMatchObject({
      choices: [],
      usage: provider === 'sandbox' ? { prompt_tokens: 6, completion_tokens: 6 } : USAGE,
    });
  });

  it('answers JSON when stream is null or false', async () => {
    for (const flag of [null, false]) {
      const response = await ringside.chat({ stream: flag });
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await response.json()).toMatchObject({ object: 'chat.completion' });
    }
  });
});

describe('what one call costs', () => {
  it('R13 a stream and a JSON answer of the same call cost the same', async () => {
    const usages = [usageOf(1, 1), usageOf(12_345, 678), usageOf(200_000, 3, 150_000), usageOf(7, 0), usageOf(0, 0)];
    const billed = async (script: Script, body: Record<string, unknown>) => {
      ringside.upstream.replyOnce(script);
      await (await ringside.chat(body)).text();
      const { data } = await lastUsage();
      return {
        tokens: data.tokens,
        costNanoUsd: data.costNanoUsd,
        flags: data.flags,
        price: data.price,
        outcome: data.outcome,
      };
    };
    for (const [model, wireModel] of [
      [OPENAI, 'gpt-4o-mini'],
      [OLLAMA, 'llama3'],
    ] as const) {
      for (const usage of usages) {
        const whole = await billed(json(completion({ text: PIECES.join(''), usage, model: wireModel })), { model });
        const inPieces = await billed(stream(usage, wireModel), { model, stream: true });
        expect(inPieces).toEqual(whole);
        expect(whole.tokens).toMatchObject({ input: usage.prompt_tokens, output: usage.completion_tokens });
      }
    }
    const sandbox = { model: SANDBOX, messages: [{ role: 'user', content: 'the very same words, twice' }] };
    await (await ringside.chat(sandbox)).text();
    const whole = (await lastUsage()).data;
    await (await ringside.chat({ ...sandbox, stream: true })).text();
    const inPieces = (await lastUsage()).data;
    expect(whole.costNanoUsd).toBe(String(7 * 1000 + 7 * 2000));
    expect([inPieces.tokens, inPieces.costNanoUsd, inPieces.flags]).toEqual([
      whole.tokens,
      whole.costNanoUsd,
      whole.flags,
    ]);
  });

  it('R24 a stream’s usage of zero bills zero, and missing usage bills a flagged estimate', async () => {
    await streamed(stream(usageOf(0, 0)));
    expect((await lastUsage()).data).toMatchObject({
      costNanoUsd: '0',
      flags: [],
      outcome: 'completed',
      tokens: { input: 0, output: 0 },
    });
    const estimatedBefore = (await ringside.get<UsageAnswer>('/v1/usage')).total.estimated_requests;
    const withoutUsage = streamOf(['Hello', ' there']);
    const nowhere = [
      withoutUsage,
      [...withoutUsage.slice(0, -1), chunk([], { usage: {} }), DONE],
      streamOf(['Hello', ' there'], { usage: null }),
    ];
    for (const events of nowhere) {
      await streamed(bytes(events));
      const { data } = await lastUsage();
      expect(data).toMatchObject({ flags: ['estimated'], outcome: 'completed', tokens: { output: 2 } });
      expect(data.tokens.input).toBeGreaterThan(0);
      expect(data.costNanoUsd).toBe(String(data.tokens.input * 150 + 2 * 600));
    }
    const { total } = await ringside.get<UsageAnswer>('/v1/usage');
    expect(total.estimated_requests).toBe(estimatedBefore + nowhere.length);
    const log = await ringside.get<{ flags: string[] }>(`/v1/requests/${(await lastUsage()).requestId}`);
    expect(log.flags).toEqual(['estimated']);
  });

  it('R24 a stream of a model without a price is shown as unpriced, never as zero', async () => {
    await streamed(stream(USAGE, 'brand-new'), { model: 'fc:openai/brand-new' });
    expect((await lastUsage()).data).toMatchObject({
      costNanoUsd: null,
      flags: ['unpriced'],
      tokens: { input: 11, output: 7 },
    });
  });
});

/** What a usage answer holds, as far as it is read here. */
interface UsageAnswer {
  readonly total: { readonly estimated_requests: number };
}

/** The events as OpenAI sends them to who did not ask for usage. */
function withoutUsage(events: readonly string[]): string[] {
  return events.toSpliced(-2, 1).map((event) => event.replace(',"usage":null', ''));
}

describe('the usage chunk', () => {
  it('R26 usage is always asked for upstream and shown only if the caller asked', async () => {
    const cases: [unknown, boolean][] = [
      [undefined, false],
      [null, false],
      [{}, false],
      [{ include_usage: false }, false],
      [{ include_usage: null }, false],
      [{ include_usage: true }, true],
    ];
    const sent = streamOf(PIECES, { usage: USAGE });
    for (const [options, asked] of cases) {
      const got = await streamed(serving(USAGE, bytes(sent)), { stream_options: options });
      expect(ringside.upstream.requests.at(-1)!.body.stream_options).toEqual({
        include_usage: true,
        include_obfuscation: false,
      });
      expect(got.toString()).toBe((asked ? sent : withoutUsage(sent)).join(''));
      expect((await lastUsage()).data).toMatchObject({ tokens: { input: 11, output: 7 }, flags: [] });
    }
  });

  it('R26 for a provider whose chunks are written here, no chunk has a usage key unless the caller asked', async () => {
    for (const options of [undefined, null, {}, { include_usage: false }]) {
      const got = (await streamed(stream(USAGE, 'llama3'), { model: OLLAMA, stream_options: options })).toString();
      expect(ringside.upstream.requests.at(-1)!.body.stream_options).toEqual({ include_usage: true });
      expect(got).not.toContain('usage');
      expect(got.endsWith(DONE)).toBe(true);
      expect((await lastUsage()).data.tokens).toMatchObject({ input: 11, output: 7 });
    }
    const asked = { model: OLLAMA, stream_options: { include_usage: true } };
    const chunks = objectsIn((await streamed(stream(USAGE, 'llama3'), asked)).toString());
    expect(chunks.map(({ choices, usage }) => [choices.length, usage === null])).toEqual([
      ...Array(chunks.length - 1).fill([1, true]),
      [0, false],
    ]);
    expect(chunks.at(-1).usage).toMatchObject(USAGE);
  });

  it('asks for obfuscation only when the caller does', async () => {
    await streamed(stream(), { stream_options: { include_obfuscation: true } });
    expect(ringside.upstream.requests.at(-1)!.body.stream_options).toEqual({
      include_usage: true,
      include_obfuscation: true,
    });
  });

  it('says nothing of streams when the caller wants JSON', async () => {
    await ringside.chat({ stream_options: null });
    expect(ringside.upstream.requests.at(-1)!.body).not.toHaveProperty('stream_options');
  });
});

describe('for openai the provider’s own bytes', () => {
  const usageChunk = chunk([], { usage: USAGE });

  it.each([
    [
      'comments',
      [
        ': OPENAI IS THINKING\n\n',
        ...streamOf(PIECES).slice(0, 3),
        ': still there\n\n',
        ...streamOf(PIECES).slice(3, -1),
      ],
    ],
    [
      'odd spacing and unknown keys',
      [`data:{ "x_new" : [1,2] , "choices":[ ${JSON.stringify(delta({ content: 'Hi' }, 'stop'))} ] }\n\n`],
    ],
    [
      'event names, ids and several data lines',
      [`event: chunk\nid: 7\ndata: {"choices":\ndata: [${JSON.stringify(delta({ content: 'Hi' }, 'stop'))}]}\n\n`],
    ],
    [
      'line ends of CRLF',
      streamOf(PIECES)
        .slice(0, -1)
        .map((event) => event.replaceAll('\n', '\r\n')),
    ],
    [
      'every kind of character',
      [chunk([delta({ content: '\u0000 \u2028 \ud83d\ude00 é ﷽ "\\' })]), chunk([delta({}, 'stop')])],
    ],
  ])('pass untouched, one by one and at once: %s', async (_, events) => {
    const body = Buffer.from([...events, usageChunk, DONE].join(''));
    for (const sizes of [[1], [Infinity], [2, 3, 5, 7]]) {
      const got = await streamed(serving(USAGE, bytes(body, sizes)));
      expect(got.toString()).toBe([...events, DONE].join(''));
    }
  });

  it('pass untouched wherever the network cuts them', async () => {
    const events = [': hi\n\n', ...streamOf(PIECES, { usage: USAGE })];
    const expected = withoutUsage(events).join('');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
        const got = await streamed(serving(USAGE, bytes(events, sizes)));
        expect(got.toString()).toBe(expected);
      }),
      { numRuns: 20 },
    );
  });

  it.each([OPENAI, OLLAMA])(
    'B26 end in [DONE] when %s never closes its stream, and count as an answer',
    async (model) => {
      const events = streamOf(PIECES, { usage: USAGE }).slice(0, -1);
      const leftOpen: Script = (_, response) => void response.writeHead(200, SSE_HEADERS).write(events.join(''));
      const got = (await streamed(serving(USAGE, leftOpen), { model })).toString();
      expect(got).toContain('"finish_reason":"stop"');
      expect(got.endsWith(DONE)).toBe(true);
      expect((await lastUsage()).data).toMatchObject({ outcome: 'completed', tokens: { input: 11, output: 7 } });
    },
  );

  it('end in [DONE] also when the provider forgets it', async () => {
    const events = streamOf(PIECES, { usage: USAGE }).slice(0, -1);
    const got = await streamed(serving(USAGE, bytes(events)), { stream_options: { include_usage: true } });
    expect(got.toString()).toBe(`${events.join('')}${DONE}`);
    expect((await lastUsage()).data).toMatchObject({ outcome: 'completed', tokens: { input: 11 } });
  });
});
