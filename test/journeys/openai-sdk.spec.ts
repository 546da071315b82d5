import OpenAI from 'openai';
import type { ChatCompletionChunk, ChatCompletionTool } from 'openai/resources/chat/completions';
import { usageBooked } from '../support/booked.js';
import { expectClosedBooks, usageIn } from '../support/closing-assertions.js';
import { Ringside } from '../support/ringside.js';
import {
  bytes,
  chunk,
  completion,
  delta,
  DONE,
  echo,
  GatedStream,
  json,
  silence,
  streamOf,
} from '../support/scripted-upstream.js';
import { serving, usageOf } from '../support/serving.js';

let ringside: Ringside;
let openai: OpenAI;
beforeAll(async () => {
  ringside = await Ringside.start();
  openai = ringside.openai();
});
afterEach(() => expectClosedBooks(ringside));
// The SDK's client may hold connections that never carried a call; those are ended after five seconds.
afterAll(() => ringside.stop(), 15_000);

const USAGE = usageOf(12, 6);
const MODEL = 'fc:openai/gpt-4o-mini';
const OLLAMA = 'fc:ollama/llama3';
const messages = [{ role: 'user' as const, content: 'Say hello' }];
const lastUsage = async () => (await usageIn(ringside)).at(-1)!;

describe('the official SDK: one call', () => {
  it('create() gives the completion and the request’s id', async () => {
    ringside.upstream.replyOnce(json(completion({ text: 'Hello', usage: USAGE })));
    const answer = await openai.chat.completions.create({ model: MODEL, messages, user: 'cus_sdk' });
    expect(answer).toMatchObject({ object: 'chat.completion', model: 'gpt-4o-mini-2024-07-18', usage: USAGE });
    expect(answer.choices[0]!.message.content).toBe('Hello');
    expect(answer._request_id).toBe((await lastUsage()).requestId);
  });

  it('.withResponse() gives the headers', async () => {
    const { data, response, request_id } = await openai.chat.completions
      .create({ model: MODEL, messages })
      .withResponse();
    expect(data.object).toBe('chat.completion');
    expect(request_id).toMatch(/^req_/);
    expect(response.headers.get('x-ringside-model-used')).toBe(MODEL);
    const streamed = await openai.chat.completions.create({ model: MODEL, messages, stream: true }).withResponse();
    expect(streamed.request_id).toMatch(/^req_/);
    for await (const { object } of streamed.data) expect(object).toBe('chat.completion.chunk');
  });

  it('sends our own headers along, and several answers come back', async () => {
    for (const model of [MODEL, 'fc:sandbox/echo']) {
      const twice = {
        ...completion({ usage: USAGE }),
        choices: [0, 1].map((index) => ({ ...completion({}).choices[0], index })),
      };
      if (model === MODEL) ringside.upstream.replyOnce(json(twice));
      const { choices } = await openai.chat.completions.create(
        { model, messages, n: 2 },
        { headers: { 'FC-Tag': 'a,b', 'FC-Session-Id': 's' } },
      );
      expect(choices.map(({ index }) => index)).toEqual([0, 1]);
      expect((await lastUsage()).personal).toEqual({ tags: ['a', 'b'], sessionId: 's' });
    }
  });
});

describe('the official SDK: streams', () => {
  it.each([MODEL, OLLAMA])('create({ stream: true }) gives the chunks as they come: %s', async (model) => {
    ringside.upstream.replyOnce(serving(USAGE, bytes(streamOf(['Hel', 'lo'], { usage: USAGE }))));
    const chunks: ChatCompletionChunk[] = [];
    for await (const one of await openai.chat.completions.create({ model, messages, stream: true })) chunks.push(one);
    expect(chunks.map(({ choices }) => choices[0]!.delta.content)).toEqual(['', 'Hel', 'lo', undefined]);
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('stop');
    expect(chunks.every(({ usage }) => !usage)).toBe(true);
  });

  it.each([MODEL, OLLAMA])('include_usage gives the usage in a last chunk: %s', async (model) => {
    ringside.upstream.replyOnce(serving(USAGE, bytes(streamOf(['Hello'], { usage: USAGE }))));
    const stream = await openai.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: ChatCompletionChunk[] = [];
    for await (const one of stream) chunks.push(one);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it.each([MODEL, OLLAMA, 'fc:sandbox/echo'])(
    'chat.completions.stream() puts the message together: %s',
    async (model) => {
      if (!model.includes('sandbox'))
        ringside.upstream.replyOnce(serving(USAGE, bytes(streamOf(['Say ', 'hello'], { usage: USAGE }))));
      const stream = openai.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
      const spoken: string[] = [];
      stream.on('content', (piece) => spoken.push(piece));
      expect(await stream.finalContent()).toBe('Say hello');
      expect(spoken.join('')).toBe('Say hello');
      expect((await stream.finalChatCompletion()).choices[0]!.finish_reason).toBe('stop');
      expect(await stream.totalUsage()).toMatchObject(
        model.includes('sandbox') ? { total_tokens: 6 } : { total_tokens: 18 },
      );
    },
  );

  it('n choices interleave and are told apart', async () => {
    const turns = ['a0', 'b0', 'a1', 'b1'].map((content, turn) => chunk([delta({ content }, null, turn % 2)]));
    const roles = [0, 1].map((index) => chunk([delta({ role: 'assistant', content: '' }, null, index)]));
    const ends = [1, 0].map((index) => chunk([delta({}, 'stop', index)]));
    ringside.upstream.replyOnce(
      serving(USAGE, bytes([...roles, ...turns, ...ends, chunk([], { usage: USAGE }), DONE])),
    );
    const final = await openai.chat.completions.stream({ model: MODEL, messages, n: 2 }).finalChatCompletion();
    expect(final.choices.map(({ message }) => message.content)).toEqual(['a0a1', 'b0b1']);
    const words = [{ role: 'user' as const, content: 'one two' }];
    const echoed = await openai.chat.completions
      .stream({ model: 'fc:sandbox/echo', messages: words, n: 3 })
      .finalChatCompletion();
    expect(echoed.choices.map(({ message }) => message.content)).toEqual(['one two', 'one two', 'one two']);
  });

  it('controller.abort() ends the loop, closes the upstream and is charged once', async () => {
    const before = (await usageIn(ringside)).length;
    const gate = new GatedStream(streamOf(['One', ' two', ' three']));
    ringside.upstream.replyOnce(gate.script);
    gate.release(3);
    const stream = await openai.chat.completions.create({ model: MODEL, messages, stream: true });
    let text = '';
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      if (text === 'One two') stream.controller.abort();
    }
    expect(text).toBe('One two');
    await ringside.upstream.requests.at(-1)!.closedEarly;
    expect((await usageBooked(ringside, before + 1)).at(-1)!.data).toMatchObject({
      outcome: 'aborted',
      tokens: { output: 2 },
    });
  });

  it('breaking out of the loop, and a signal before any answer, do the same', async () => {
    const before = (await usageIn(ringside)).length;
    ringside.upstream.replyOnce(silence(), silence());
    const gate = new GatedStream(streamOf(['One', ' two']));
    ringside.upstream.replyOnce(gate.script);
    gate.release(2);
    for (const stream of [true, false]) {
      const leaving = new AbortController();
      const arrived = ringside.upstream.arrived();
      const call = openai.chat.completions.create({ model: MODEL, messages, stream }, { signal: leaving.signal });
      const thrown = expect(call).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
      await arrived;
      leaving.abort();
      await thrown;
      await ringside.upstream.requests.at(-1)!.closedEarly;
    }
    for await (const { choices } of await openai.chat.completions.create({ model: MODEL, messages, stream: true })) {
      if (choices[0]?.delta.content === 'One') break;
    }
    await ringside.upstream.requests.at(-1)!.closedEarly;
    const usage = (await usageBooked(ringside, before + 3)).slice(before);
    expect(usage.map(({ data }) => [data.outcome, data.tokens.output])).toEqual([
      ['aborted', 0],
      ['aborted', 0],
      ['aborted', 1],
    ]);
  });
});

describe('the official SDK: tools', () => {
  const tools: ChatCompletionTool[] = ['get_weather', 'get_time'].map((name) => ({
    type: 'function',
    function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
  }));
  const calls = [
    { id: 'call_a', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris \\"1\\""}' } },
    { id: 'call_b', type: 'function', function: { name: 'get_time', arguments: '{"city":"Zürich"}' } },
  ];
  const answer = {
    ...completion({ usage: USAGE }),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, tool_calls: calls, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
  };
  const toolDelta = (index: number, call: object) => chunk([delta({ tool_calls: [{ index, ...call }] })]);
  const stream = [
    chunk([delta({ role: 'assistant', content: null })]),
    ...calls.flatMap(({ id, type, function: { name, arguments: args } }, index) => [
      toolDelta(index, { id, type, function: { name, arguments: '' } }),
      ...(args.match(/.{1,5}/gsu) ?? []).map((piece) => toolDelta(index, { function: { arguments: piece } })),
    ]),
    chunk([delta({}, 'tool_calls')]),
    chunk([], { usage: USAGE }),
    DONE,
  ];

  it.each([MODEL, OLLAMA])('parallel calls pass in JSON: %s', async (model) => {
    ringside.upstream.replyOnce(json(answer));
    const { choices } = await openai.chat.completions.create({ model, messages, tools, parallel_tool_calls: true });
    expect(choices[0]!.message.tool_calls).toEqual(calls);
    expect(choices[0]!.finish_reason).toBe('tool_calls');
    expect(ringside.upstream.requests.at(-1)!.body.tools).toEqual(tools);
  });

  it.each([MODEL, OLLAMA])('parallel calls pass in a stream, and the SDK puts them together: %s', async (model) => {
    ringside.upstream.replyOnce(serving(USAGE, bytes(stream, [40])));
    const { message, finish_reason } = (
      await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
    ).choices[0]!;
    expect(message.tool_calls).toMatchObject(calls);
    expect(finish_reason).toBe('tool_calls');
  });

  it('a whole conversation with a tool, in the sandbox', async () => {
    const model = 'fc:sandbox/echo';
    const asked = await openai.chat.completions.create({ model, messages, tools });
    const call = asked.choices[0]!.message.tool_calls![0]!;
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather', arguments: '{"city":""}' } });
    const result = { role: 'tool' as const, tool_call_id: call.id, content: 'Rain' };
    const told = await openai.chat.completions.create({
      model,
      messages: [...messages, asked.choices[0]!.message, result],
      tools,
    });
    expect(told.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Say hello' } });
    const streamed = openai.chat.completions.stream({ model, messages, tools });
    expect((await streamed.finalMessage()).tool_calls).toMatchObject([
      { function: { name: 'get_weather', arguments: '{"city":""}' } },
    ]);
  });
});

describe('the official SDK: errors', () => {
  const upstreamError = (status: number) =>
    json({ error: { message: 'no', type: 'x', code: null, param: null } }, { status });
  const ask = (client = openai, model = MODEL) => client.chat.completions.create({ model, messages });

  it('each status is its class, with our code, type, param and request id', async () => {
    const failing = (status: number) => () => {
      ringside.upstream.replyOnce(upstreamError(status));
      return ask();
    };
    const customer = { body: { external_id: 'cus_taken' } };
    await openai.post('/customers', customer);
    const cases: [() => Promise<unknown>, unknown, number, string, string][] = [
      [() => ask(openai, 'gpt-4o'), OpenAI.BadRequestError, 400, 'invalid_model_ref', 'invalid_request_error'],
      [failing(400), OpenAI.BadRequestError, 400, 'upstream_invalid_request', 'invalid_request_error'],
      [
        () => ask(ringside.openai({ apiKey: 'sk-mine' })),
        OpenAI.AuthenticationError,
        401,
        'invalid_api_key',
        'authentication_error',
      ],
      [() => openai.files.list(), OpenAI.NotFoundError, 404, 'not_found', 'invalid_request_error'],
      [
        () => openai.models.retrieve('fc:openai/no-such-model'),
        OpenAI.NotFoundError,
        404,
        'model_not_found',
        'invalid_request_error',
      ],
      [
        () => openai.get('/customers/cus_nobody'),
        OpenAI.NotFoundError,
        404,
        'customer_not_found',
        'invalid_request_error',
      ],
      [
        () => openai.post('/customers', customer),
        OpenAI.ConflictError,
        409,
        'external_id_taken',
        'invalid_request_error',
      ],
      [failing(429), OpenAI.RateLimitError, 429, 'upstream_quota_exceeded', 'upstream_error'],
      [failing(401), OpenAI.InternalServerError, 502, 'upstream_auth_failed', 'upstream_error'],
      [failing(500), OpenAI.InternalServerError, 503, 'upstream_unavailable', 'upstream_error'],
    ];
    for (const [call, errorClass, status, code, type] of cases) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({
        status,
        code,
        type,
        requestID: expect.stringMatching(/^req_/),
        message: expect.stringMatching(/^\d{3} ./),
      });
    }
    await expect(ask(openai, 'gpt-4o')).rejects.toMatchObject({ param: 'model' });
  });

  it('with its default retries it asks once on a 400, and again on a 429 and a 503, as soon as it may', async () => {
    const retries = async (status: number) => {
      let asked = 0;
      const client = ringside.openai({
        maxRetries: undefined,
        fetch: (...request) => {
          asked++;
          return fetch(...request);
        },
      });
      const error = { error: { message: 'no', type: 'x', code: null, param: null } };
      ringside.upstream.reply(json(error, { status, headers: { 'retry-after-ms': '1' } }));
      await expect(ask(client)).rejects.toBeInstanceOf(OpenAI.APIError);
      return asked;
    };
    expect([await retries(400), await retries(429), await retries(500)]).toEqual([1, 3, 3]);
    ringside.upstream.reply(echo());
    expect((await ask()).object).toBe('chat.completion');
  });
});
