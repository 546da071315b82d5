import fc from 'fast-check';
import { HANDED_ON, parseExactly, REQUEST } from '../../src/domain/json/exact-json.js';
import { WrittenNumber } from '../../src/domain/json/written-number.js';
import { canonicalJson } from '../../src/idempotency/keyed-request.js';
import { answerOfChunks } from '../../src/upstream/answer/answer-of-chunks.js';
import { chunksOfAnswer } from '../../src/upstream/answer/chunks-of-answer.js';
import { readJsonInSlices } from '../../src/upstream/json/json-reader.js';
import type { EmbeddingsBody } from '../../src/domain/call/embeddings-body.js';
import type { ModerationBody } from '../../src/domain/call/moderation-body.js';
import { parseJsonBody } from '../../src/http/server/json-body.js';
import { FixtureUpstream } from '../support/fixture-upstream.js';
import { answering, sse, type Answer } from './answering.js';
import { callOf, upstreamRoom } from './calling.js';

const ask = answering();

const BIG = '2512292042121000001';
/**
 * Arguments as a model wrote them: numbers that no double is, spellings that it has not, names in an order that no
 * object has.
 */
const ARGUMENTS = `{"id":${BIG},"b":[1.0,-0,1E400,0.1000000000000000055],"10":{"__proto__":{"n":9007199254740993}},"2":"${BIG}"}`;

const FAMILIES = [
  'openai/gpt-4o-mini',
  'azure/gpt-4o-mini',
  'groq/llama-3.3-70b-versatile',
  'mistral/mistral-small-latest',
  'deepseek/deepseek-chat',
  'openrouter/openai/gpt-4o-mini',
  'anthropic/claude-sonnet-4-5',
  'google/gemini-2.5-flash',
  'cohere/command-a-03-2025',
  'bedrock/anthropic.claude-3-haiku-20240307-v1:0',
] as const;

const REFUSED: Answer = { status: 400, body: { error: { message: 'no' } } };
const TOOLS = `[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"id":{"type":"integer","maximum":9223372036854775807,"minimum":1.0},"9":{"type":"string"},"1":{"type":"string"}}}}}]`;
const HISTORY = [
  { role: 'user', content: 'Find it' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1abcdefg', type: 'function', function: { name: 'f', arguments: ARGUMENTS } }],
  },
  { role: 'tool', tool_call_id: 'call_1abcdefg', content: `{"found":${BIG},"share":1.0}` },
];

describe('numbers that no double is', () => {
  it.each(FAMILIES)('B7 stay as they were on the way to %s', async (reference) => {
    const { seen } = await ask(reference, `{"messages":${JSON.stringify(HISTORY)},"tools":${TOOLS}}`, REFUSED);
    const sent = seen[0]!.text;
    expect(sent).toContain('"maximum":9223372036854775807,"minimum":1.0');
    expect(sent).toMatch(/"9":\{"type":"string"\},"1":/);
    expect(sent.includes(ARGUMENTS) || sent.includes(JSON.stringify(ARGUMENTS).slice(1, -1))).toBe(true);
    expect(sent).toMatch(/found\\?":2512292042121000001,\\?"share\\?":1\.0/);
  });

  it.each([
    'openai/gpt-4o-mini',
    'groq/llama-3.3-70b-versatile',
    'google/gemini-2.5-flash',
    'cohere/command-a-03-2025',
  ])('B7 are seeds of %s', async (reference) => {
    const { seen, error } = await ask(
      reference,
      '{"messages":[{"role":"user","content":"Hi"}],"seed":9223372036854775807}',
      REFUSED,
    );
    expect(error).toMatchObject({ code: 'upstream_invalid_request' });
    expect(seen[0]!.text).toContain('"seed":9223372036854775807');
  });

  const format = (maximum: string) =>
    `{"messages":[{"role":"user","content":"Hi"}],"metadata":{"a":"1"},"logit_bias":{"9":-100,"1":1e400},"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"maximum":${maximum}}}}}}}`;

  it.each(['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile'])(
    'B7 keep their spelling on the way to %s, and are counted with all the same',
    async (reference) => {
      const fields = '"temperature":1.0,"top_p":0.90,"max_tokens":1e2,"logit_bias":{"50256":-1E0,"11":-100.0}';
      const { seen } = await ask(reference, `{"messages":[{"role":"user","content":"Hi"}],${fields}}`, REFUSED);
      for (const field of ['"temperature":1.0', '"top_p":0.90']) expect(seen[0]!.text).toContain(field);
      expect(seen[0]!.body).toMatchObject({ temperature: 1 });
      expect(Object.values(seen[0]!.body as object)).toContain(100);
    },
  );

  it('B7 go out in embeddings and moderations as they came', async () => {
    const upstream = await FixtureUpstream.start();
    const room = upstreamRoom();
    upstream.plan([], [Infinity]);
    const { body: _, ...call } = callOf({ baseUrl: upstream.origin });
    const body = parseJsonBody(
      Buffer.from(`{"model":"m","input":"Hi","x":{"id":${BIG},"b":1.0,"1":0}}`),
    ) as EmbeddingsBody & ModerationBody;
    await Promise.allSettled([room.embed({ ...call, body, progress: new Map() }), room.moderate({ ...call, body })]);
    expect(upstream.seen).toHaveLength(2);
    for (const { text } of upstream.seen) expect(text).toContain(`"x":{"id":${BIG},"b":1.0,"1":0}`);
    await room.onApplicationShutdown();
    await upstream.close();
  });

  it('B7 stand in schemas and in fields that nobody here reads', async () => {
    for (const reference of ['openai/gpt-4o-mini', 'groq/openai/gpt-oss-120b', 'xai/grok-4']) {
      const { seen } = await ask(reference, format('9223372036854775807'), REFUSED);
      if (seen.length > 0) expect(seen[0]!.text).toContain('"maximum":9223372036854775807');
    }
    const { seen } = await ask('openai/gpt-4o-mini', format('1e400'), REFUSED);
    expect(seen[0]!.text).toContain('"maximum":1e400');
    expect(seen[0]!.text).toContain('"logit_bias":{"9":-100,"1":1e400}');
  });
});

const HEAD = { id: 'a', model: 'm', created: 1 };
const openaiCall = (args: string) =>
  `[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":${args}}}]`;

/** Answers with a call whose arguments came as an object, by provider: whole, then in a stream. */
const CALLS: readonly (readonly [reference: string, whole: string, stream: Answer | undefined])[] = [
  [
    'anthropic/claude-sonnet-4-5',
    `{"id":"m","content":[{"type":"tool_use","id":"t","name":"f","input":${ARGUMENTS}}],"stop_reason":"tool_use"}`,
    sse(
      '{"type":"message_start","message":{"id":"m","content":[]}}',
      `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":${ARGUMENTS}}}`,
      '{"type":"content_block_stop","index":0}',
      '{"type":"message_delta","delta":{"stop_reason":"tool_use"}}',
      '{"type":"message_stop"}',
    ),
  ],
  [
    'google/gemini-2.5-flash',
    `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${ARGUMENTS}}}]},"finishReason":"STOP"}]}`,
    sse(
      `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${ARGUMENTS}}}]},"finishReason":"STOP"}]}`,
    ),
  ],
  [
    'bedrock/anthropic.claude-3-haiku-20240307-v1:0',
    `{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"f","input":${ARGUMENTS}}}]}},"stopReason":"tool_use"}`,
    undefined,
  ],
  [
    'groq/llama-3.3-70b-versatile',
    `{"id":"a","choices":[{"index":0,"message":{"content":null,"tool_calls":${openaiCall(ARGUMENTS)}},"finish_reason":"tool_calls"}]}`,
    sse(
      `{"id":"a","choices":[{"index":0,"delta":{"tool_calls":${openaiCall(ARGUMENTS)}},"finish_reason":null}]}`,
      { ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
      '[DONE]',
    ),
  ],
];

describe('tool calls whose arguments come as objects', () => {
  it.each(CALLS)('B5 %s gives them as they were written, whole or streamed', async (reference, whole, stream) => {
    const body = '{"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f"}}]';
    const answered = await ask(reference, `${body}}`, { body: whole });
    expect(answered.error).toBeUndefined();
    expect(JSON.parse(answered.bytes).choices[0].message.tool_calls[0].function.arguments).toBe(ARGUMENTS);
    // Beyond 256 kB another reader takes over.
    const large = await ask(reference, `${body}}`, {
      body: `${whole.slice(0, -1)},"padding":"${'x'.repeat(300_000)}"}`,
    });
    expect(JSON.parse(large.bytes).choices[0].message.tool_calls[0].function.arguments).toBe(ARGUMENTS);
    if (!stream) return;
    const { bytes, error } = await ask(reference, `${body},"stream":true}`, stream);
    expect(error).toBeUndefined();
    expect(bytes).toContain(JSON.stringify(ARGUMENTS));
  });
});

describe('kept answers', () => {
  const text = (content: string) =>
    `{"index":0,"message":{"role":"assistant",${content}},"logprobs":null,"finish_reason":"stop"}`;

  it('B5 are given as streams with their numbers', async () => {
    const answer = `{"id":"a","choices":[${text(`"content":"Hi","details":{"n":${BIG},"x":[1.0,1e400]}`)}],"usage":{"cost":0.10}}`;
    const events = (await chunksOfAnswer(Buffer.from(answer), true)).toString();
    expect(events).toContain(`"details":{"n":${BIG},"x":[1.0,1e400]}`);
    expect(events).toContain('"usage":{"cost":0.10}');
  });

  it('B5 are put together from streams with their numbers', async () => {
    const events = `data: {"id":"a","choices":[{"index":0,"delta":{"content":"Hi","details":{"n":${BIG}}},"logprobs":{"content":[{"logprob":-1.0e-7}]}}]}\n\ndata: [DONE]\n\n`;
    const { answer } = (await answerOfChunks(Buffer.from(events))) as unknown as { answer: unknown };
    expect(JSON.stringify(answer)).toContain(`"details":{"n":${BIG}}`);
    expect(JSON.stringify(answer)).toContain('"logprob":-1.0e-7');
  });
});

describe('JSON that is read to be written again', () => {
  const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: 1, maxLength: 25 });
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.option(digits),
      fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e-', 'E+'), digits)),
    )
    .map(
      ([sign, whole, part, power]) =>
        `${sign}${whole.replace(/^0+(?=.)/, '')}${part === null ? '' : `.${part}`}${power ? power.join('') : ''}`,
    );
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.nat(20).map(String),
    fc.constant('__proto__'),
    fc.constant('args'),
  );
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      number,
      fc.string({ unit: 'binary', maxLength: 90 }).map((text) => JSON.stringify(text)),
      fc.constantFrom('true', 'false', 'null'),
      fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
      fc
        .uniqueArray(fc.tuple(name, tie('json')), { selector: ([key]) => key, maxLength: 5 })
        .map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`),
    ),
  }));
  const UNBOUNDED = { memoryBytes: Infinity, depth: Infinity, items: Infinity };

  it('B5 is the same text again, read at once or in slices', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (text) => {
        expect(JSON.stringify(parseExactly(text, HANDED_ON))).toBe(text);
        expect(JSON.stringify(await readJsonInSlices(Buffer.from(text), { ...UNBOUNDED, reading: HANDED_ON }))).toBe(
          text,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('B5 reads what JSON.parse reads, at once or in slices', async () => {
    const parsed = (text: string): unknown => JSON.parse(text, (_, value: unknown) => (value === 0 ? 0 : value));
    await fc.assert(
      fc.asyncProperty(json, fc.constantFrom(REQUEST, HANDED_ON), async (text, reading) => {
        const read = JSON.stringify(parseExactly(text, reading));
        expect(parsed(read)).toEqual(parsed(text));
        expect(JSON.stringify(await readJsonInSlices(Buffer.from(text), { ...UNBOUNDED, reading }))).toHaveLength(
          read.length,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('B7 tells two requests of one key apart by them', () => {
    const keyed = (seed: string) => canonicalJson(parseExactly(`{"seed":${seed}}`, REQUEST));
    expect(keyed('9007199254740993')).toBe('{"seed":9007199254740993}');
    expect(keyed('9007199254740993')).not.toBe(keyed('9007199254740992'));
    expect(keyed('1.0')).toBe(keyed('1'));
  });

  it('B7 counts 1.0 as the number that it is where somebody may count with it', () => {
    expect(parseExactly('{"max_tokens":100.0,"temperature":1e0,"n":[1.50]}', REQUEST)).toMatchObject({
      max_tokens: 100,
      temperature: 1,
      n: [1.5],
    });
    expect(parseExactly('{"seed":9007199254740993}', REQUEST)).toEqual({ seed: new WrittenNumber('9007199254740993') });
    expect(parseExactly('{"a":1,"a":2}', HANDED_ON)).toEqual({ a: 2 });
  });
});
