import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { bytes, chunk, completion, delta, DONE, json, streamOf } from '../../support/scripted-upstream.js';
import { serving, usageOf } from '../../support/serving.js';
import { objectsIn, textIn } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

const USAGE = usageOf(12, 6, 4);
const MODEL = 'fc:openai/gpt-4o-mini';
const OLLAMA = 'fc:ollama/llama3';
const messages = [{ role: 'user' as const, content: 'What is the weather?' }];
const CALL = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } };

const toolAnswer = {
  ...completion({ usage: USAGE }),
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: null, tool_calls: [CALL], refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'tool_calls',
    },
  ],
};
const toolStream = [
  chunk([delta({ role: 'assistant', content: null })], { usage: null }),
  chunk([delta({ tool_calls: [{ index: 0, ...CALL, function: { name: 'get_weather', arguments: '' } }] })], {
    usage: null,
  }),
  ...['{"city":', '"Oslo"}'].map((piece) =>
    chunk([delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] })], { usage: null }),
  ),
  chunk([delta({}, 'tool_calls')], { usage: null }),
  chunk([], { usage: USAGE }),
  DONE,
];

let keys = 0;
const newKey = () => `key-${++keys}`;

/** Headers that a repetition has of its own. */
const OWN_HEADERS = new Set([
  'date',
  'x-ringside-overhead-ms',
  'idempotency-replayed',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

async function answerOf(key: string, body: Record<string, unknown> = {}) {
  const response = await ringside.chat({ messages, ...body }, { 'Idempotency-Key': key });
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !OWN_HEADERS.has(name)));
  return {
    status: response.status,
    headers,
    body: await response.text(),
    replayed: response.headers.get('idempotency-replayed'),
  };
}

/** Calls twice with one key, and expects that only the first one went anywhere. */
async function twice(first: Record<string, unknown>, second: Record<string, unknown> = first) {
  const key = newKey();
  const before = [ringside.upstream.count, (await usageIn(ringside)).length] as const;
  const answers = [await answerOf(key, first), await answerOf(key, second)] as const;
  expect([ringside.upstream.count, (await usageIn(ringside)).length]).toEqual([before[0] + 1, before[1] + 1]);
  expect(answers.map(({ replayed }) => replayed)).toEqual([null, 'true']);
  return answers;
}

describe('R38 the same Idempotency-Key makes one upstream call and one charge', () => {
  it.each([
    {},
    { stream: true },
    { stream: true, stream_options: { include_usage: true } },
    { model: OLLAMA, stream: true },
  ])(
    'R38 the same Idempotency-Key makes one upstream call and one charge: the same bytes and headers again for %j',
    async (body) => {
      const [first, second] = await twice({ user: 'cus_a', ...body });
      expect(second).toEqual({ ...first, replayed: 'true' });
      expect(first.status).toBe(200);
      expect(first.headers['x-ringside-model-used']).toBe(body.model ?? MODEL);
      expect((await usageIn(ringside)).at(-1)!.requestId).toBe(second.headers['x-request-id']);
    },
  );

  it('R38 the same Idempotency-Key makes one upstream call and one charge: with and without attribution, by id and by external id', async () => {
    await twice({});
    await twice({ user: 'cus_a' });
    const { id } = await ringside.get('/v1/customers/cus_a');
    await twice({ user: id });
  });

  it('R38 the same Idempotency-Key makes one upstream call and one charge: the sandbox too', async () => {
    const key = newKey();
    const before = (await usageIn(ringside)).length;
    const answers = [
      await answerOf(key, { model: 'fc:sandbox/echo' }),
      await answerOf(key, { model: 'fc:sandbox/echo' }),
    ];
    expect(answers[1]!.body).toBe(answers[0]!.body);
    expect(await usageIn(ringside)).toHaveLength(before + 1);
  });

  it('R38 the same Idempotency-Key makes one upstream call and one charge: a stream after JSON', async () => {
    const [first, second] = await twice({}, { stream: true, stream_options: { include_usage: true } });
    expect(second.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(second.headers['x-request-id']).toBe(first.headers['x-request-id']);
    expect(textIn(second.body)).toBe(messages[0]!.content);
    expect(objectsIn(second.body).at(-1)).toMatchObject({
      choices: [],
      usage: (JSON.parse(first.body) as { usage: object }).usage,
    });
    expect(second.body.endsWith(DONE)).toBe(true);
    const [, unasked] = await twice({}, { stream: true });
    expect(unasked.body).not.toContain('usage');
  });

  it('R38 the same Idempotency-Key makes one upstream call and one charge: JSON after a stream, with the usage of the book', async () => {
    for (const options of [undefined, { include_usage: true }]) {
      ringside.upstream.replyOnce(serving(USAGE, bytes(streamOf(['Hel', 'lo'], { usage: USAGE }))));
      const [, second] = await twice({ stream: true, stream_options: options }, {});
      expect(second.headers['content-type']).toBe('application/json; charset=utf-8');
      const answer = JSON.parse(second.body) as Record<string, unknown>;
      expect(answer).toMatchObject({ ...completion({ text: 'Hello' }), usage: USAGE });
      expect(Object.keys(answer).toSorted()).toEqual(Object.keys(completion({ usage: USAGE })).toSorted());
    }
  });

  it('R38 the same Idempotency-Key makes one upstream call and one charge: tool calls in the other form, read by the stock SDK', async () => {
    const openai = ringside.openai();
    const call = { model: MODEL, messages, tools: [{ type: 'function' as const, function: { name: 'get_weather' } }] };
    ringside.upstream.replyOnce(json(toolAnswer), serving(USAGE, bytes(toolStream)));
    const before = ringside.upstream.count;
    const keyed = [newKey(), newKey()].map((key) => ({ headers: { 'Idempotency-Key': key } }));
    const wholeFirst = await openai.chat.completions.create(call, keyed[0]);
    const streamFirst = await openai.chat.completions.stream(call, keyed[1]).finalChatCompletion();
    const streamAgain = await openai.chat.completions.stream(call, keyed[0]).finalChatCompletion();
    const wholeAgain = await openai.chat.completions.create(call, keyed[1]);
    expect(ringside.upstream.count).toBe(before + 2);
    for (const { choices } of [wholeFirst, streamFirst, streamAgain, wholeAgain]) {
      expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null, tool_calls: [CALL] } });
    }
    expect(wholeAgain.usage).toMatchObject(USAGE);
  });

  it('R38 the same Idempotency-Key makes one upstream call and one charge: the order and spacing of the body do not matter', async () => {
    const key = newKey();
    const before = ringside.upstream.count;
    const spellings = [
      `{"model":"${MODEL}","messages":[{"role":"user","content":"Hi"}],"temperature":0.5}`,
      `{ "temperature": 5e-1, "messages": [ {"content": "H\\u0069", "role": "user"} ],\n "model": "${MODEL}", "stream": false }`,
    ];
    const answers = [];
    for (const body of spellings) {
      answers.push(
        await (await ringside.fetch('/v1/chat/completions', { body, headers: { 'idempotency-key': key } })).text(),
      );
    }
    expect(answers[1]).toBe(answers[0]);
    expect(ringside.upstream.count).toBe(before + 1);
  });

  it('R38 the same Idempotency-Key makes one upstream call and one charge: a key of no request is any other’s', async () => {
    const before = ringside.upstream.count;
    await answerOf(newKey());
    await answerOf(newKey());
    await answerOf('"quoted"');
    expect((await answerOf('quoted')).replayed).toBe('true');
    expect(ringside.upstream.count).toBe(before + 3);
  });
});

it('a call without a key never gets the answer of another', async () => {
  const before = ringside.upstream.count;
  for (const _ of [1, 2]) expect((await ringside.chat()).headers.get('idempotency-replayed')).toBeNull();
  expect(ringside.upstream.count).toBe(before + 2);
});
