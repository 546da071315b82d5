import fc from 'fast-check';
import { writeAnswer } from '../../../../src/upstream/answer/answer-writer.js';
import type { CanonicalEvent } from '../../../../src/upstream/canonical.js';
import { textOfAnswer, textOfEvent } from '../../../../src/upstream/answer/output-text.js';
import { parseAnswer as parseDialect } from '../../../../src/upstream/protocols/openai/parse-answer.js';
import { parseChunk } from '../../../../src/upstream/protocols/openai/parse-chunk.js';
import { parseUsage } from '../../../../src/upstream/protocols/openai/usage.js';
import { TextFrame } from '../../../../src/upstream/answer/text-frame.js';
import { completion, delta } from '../../../support/scripted-upstream.js';

const OPTIONS = {
  requestId: 'req_0060abcdefghijklmnopqrst',
  model: 'asked-model',
  createdAt: 1_770_000_000,
  ownId: false,
};

/** An answer in no dialect at all. */
function parseAnswer(answer: Record<string, unknown>) {
  const read = parseDialect(answer, { quirks: {} });
  if (read && 'kind' in read) throw new Error('it is a failure');
  return read;
}

/** The events of a chunk with this choice, without the head. */
const told = (choice: Record<string, unknown>): CanonicalEvent[] => parseChunk({ choices: [choice] }).slice(1);
const call = (parts: Record<string, unknown>) => ({ index: 0, delta: { tool_calls: [parts] }, finish_reason: null });

describe('usage on OpenAI’s wire', () => {
  it.each([
    undefined,
    null,
    0,
    'none',
    [],
    {},
    { prompt_tokens: 3 },
    { prompt_tokens: '3', completion_tokens: '4' },
    { prompt_tokens: 1.5, completion_tokens: 2 },
  ])(
    // prettier-ignore
    'R24 is missing in %j',
    (usage) => expect(parseUsage(usage)).toBeUndefined(),
  );

  it('R24 usage on the wire is zero where the provider says zero', () => {
    expect(parseUsage({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })?.tokens).toEqual({
      input: 0, cachedInput: 0, cacheWrite: 0, cacheWrite1h: 0, output: 0, reasoning: 0, audioInput: 0, audioOutput: 0,
    }); // prettier-ignore
  });

  it('counts the parts, clamps them to their whole, and shows both details', () => {
    const usage = parseUsage({
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 999,
      prompt_tokens_details: { cached_tokens: 50, audio_tokens: 2, cache_write_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 4, audio_tokens: 1, accepted_prediction_tokens: 1 },
    })!;
    expect(usage.tokens).toEqual({
      input: 10,
      cachedInput: 10,
      cacheWrite: 0,
      cacheWrite1h: 0,
      output: 5,
      reasoning: 4,
      audioInput: 0,
      audioOutput: 1,
    });
    expect(usage.shown).toEqual({
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 10, audio_tokens: 2, cache_write_tokens: 3 },
      completion_tokens_details: {
        reasoning_tokens: 4,
        audio_tokens: 1,
        accepted_prediction_tokens: 1,
        rejected_prediction_tokens: 0,
      },
    });
    expect(JSON.stringify(parseUsage({ prompt_tokens: -4, completion_tokens: 2 })!.shown)).not.toContain('cache_write');
    expect(parseUsage({ prompt_tokens: -4, completion_tokens: 2 })!.tokens).toMatchObject({ input: 0, output: 2 });
  });
});

describe('a chunk on OpenAI’s wire', () => {
  it('tells who answers, what was said, and the counts', () => {
    const chunk = { id: 'chatcmpl-1', created: 1_770_000_000, model: 'm', service_tier: 'default', system_fingerprint: 'fp', choices: [delta({ role: 'assistant', content: 'Hi' }, 'stop')], usage: { prompt_tokens: 1, completion_tokens: 2 } }; // prettier-ignore
    expect(parseChunk(chunk)).toMatchObject([
      {
        kind: 'start',
        id: 'chatcmpl-1',
        created: 1_770_000_000,
        model: 'm',
        serviceTier: 'default',
        systemFingerprint: 'fp',
      },
      { kind: 'open', choice: 0, content: '' },
      { kind: 'text', choice: 0, text: 'Hi' },
      { kind: 'finish', choice: 0, reason: 'stop' },
      { kind: 'usage', usage: { tokens: { input: 1, output: 2 } } },
    ]);
  });

  it.each<[string, Record<string, unknown>, unknown[]]>([
    ['a role before a tool call', delta({ role: 'assistant', content: null }), [{ kind: 'open', choice: 0, content: null }]],
    ['reasoning under its old name', delta({ reasoning: 'hm', content: '' }), [{ kind: 'reasoning', choice: 0, text: 'hm' }]],
    ['reasoning under its new name', delta({ reasoning_content: 'hm', content: null }), [{ kind: 'reasoning', choice: 0, text: 'hm' }]],
    ['a refusal', delta({ refusal: 'no' }), [{ kind: 'refusal', choice: 0, text: 'no' }]],
    ['a whole call in one delta', call({ index: 2, id: 'x', function: { name: 'f', arguments: '{}' } }), [{ kind: 'tool_start', choice: 0, key: 2, id: 'x', name: 'f' }, { kind: 'tool_args', choice: 0, key: 2, text: '{}' }]],
    ['a call without an index', call({ id: 'x', function: { name: 'f', arguments: '' } }), [{ kind: 'tool_start', choice: 0, key: 'x', id: 'x', name: 'f' }]],
    ['a call without index and id', call({ id: '', function: { name: 'f', arguments: '' } }), [{ kind: 'tool_start', choice: 0, key: undefined, id: undefined, name: 'f' }]],
    ['a piece of it', call({ id: 'null', function: { name: '', arguments: '{"a"' } }), [{ kind: 'tool_args', choice: 0, key: undefined, text: '{"a"' }]],
    ['a piece of arguments', call({ index: 0, function: { arguments: '{"a"' } }), [{ kind: 'tool_args', choice: 0, key: 0, text: '{"a"' }]],
    ['a custom tool', call({ index: 0, id: 'x', type: 'custom', custom: { name: 'f', input: 'free' } }), [{ kind: 'tool_start', choice: 0, key: 0, id: 'x', name: 'f', isCustom: true }, { kind: 'tool_args', choice: 0, key: 0, text: 'free' }]],
    ['the old function call', delta({ function_call: { name: 'f', arguments: '{}' } }), [{ kind: 'tool_start', choice: 0, key: 'function_call', name: 'f' }, { kind: 'tool_args', choice: 0, key: 'function_call', text: '{}' }]],
    ['an end of its own', delta({}, 'eos'), [{ kind: 'finish', choice: 0, reason: 'stop' }]],
    ['another choice', { ...delta({ content: 'b' }), index: 3 }, [{ kind: 'text', choice: 3, text: 'b' }]],
    ['log probabilities of no token', { ...delta({ content: '' }), logprobs: { content: [], refusal: null } }, []],
    ['those of a token without text', { ...delta({ content: '' }), logprobs: { content: [{ token: '' }] } }, [{ kind: 'text', choice: 0, text: '', logprobs: { content: [{ token: '' }] } }]],
    ['nothing', { index: 0 }, []],
    ['nonsense', { index: 'x', delta: 7, finish_reason: 5 }, []],
  ])('understands %s', (_, choice, expected) => {
    const events = told(choice);
    expect(events).toHaveLength(expected.length);
    expect(events).toMatchObject(expected);
  }); // prettier-ignore

  it('counts everything the model wrote as output', () => {
    const all = [
      ...told(delta({ content: 'a', reasoning: 'b', refusal: 'c' })),
      ...told(call({ index: 0, id: 'ignored', function: { name: 'd', arguments: 'e' } })),
    ];
    expect(all.map(textOfEvent).join('')).toBe('bacde');
  });
});

describe('the frame of a text chunk', () => {
  const chunkOf = (content: string) => JSON.stringify({ id: 'x', choices: [delta({ content })], usage: null });

  it('tells of any chunk exactly what parsing it would', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }), (first, second) => {
        const frame = new TextFrame();
        const events = parseChunk(JSON.parse(chunkOf(first)));
        frame.learn(chunkOf(first), events);
        const framed = frame.read(chunkOf(second));
        if (framed) expect(framed).toEqual({ kind: 'text', choice: 0, text: second });
      }),
      { numRuns: 300 },
    );
  });

  it('reads plain text, and leaves everything else to the parser', () => {
    const frame = new TextFrame();
    expect(frame.read(chunkOf('b'))).toBeUndefined();
    frame.learn(chunkOf('a'), parseChunk(JSON.parse(chunkOf('a'))));
    expect(frame.read(chunkOf(' world'))).toEqual({ kind: 'text', choice: 0, text: ' world' });
    expect(frame.read(chunkOf('say "hi"'))).toBeUndefined();
    expect(frame.read(chunkOf('line\nbreak'))).toBeUndefined();
    expect(
      frame.read(JSON.stringify({ id: 'x', choices: [delta({ content: 'b' }, 'stop')], usage: null })),
    ).toBeUndefined();
    expect(frame.read('{"error":{"message":"no"}}')).toBeUndefined();
  });

  it('does not learn from a chunk that says more than text', () => {
    const frame = new TextFrame();
    const json = JSON.stringify({ choices: [delta({ role: 'assistant', content: 'a' })] });
    frame.learn(json, parseChunk(JSON.parse(json)));
    expect(frame.read(json)).toBeUndefined();
  });
});

describe('an answer on OpenAI’s wire', () => {
  it('is written in OpenAI’s shape and order, without what OpenAI does not have', () => {
    const answer = parseAnswer({
      model: 'llama3.2',
      prompt: [],
      choices: [
        {
          finish_reason: 'stop',
          seed: 5,
          message: { content: 'Hi', role: 'assistant', reasoning: 'They greet me.', tool_calls: [] },
          index: 0,
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
      id: 'chatcmpl-123',
      created: 1_760_000_000,
      x_vendor: {},
    })!;
    expect(writeAnswer(answer, OPTIONS).toString()).toBe(
      '{"id":"chatcmpl-123","object":"chat.completion","created":1760000000,"model":"llama3.2","choices":[{"index":0,"message":' +
        '{"role":"assistant","content":"Hi","reasoning_content":"They greet me.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],' +
        '"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},' +
        '"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},' +
        '"system_fingerprint":null}',
    );
  });

  it('R33 tool calls of a JSON answer are complete, as those of a stream', () => {
    const message = { role: 'assistant', content: '', tool_calls: [{ id: 'x', index: 0, function: { name: 'f', arguments: '' } }, { function: { name: 'g', arguments: '{"a":1}' } }] }; // prettier-ignore
    const answer = parseAnswer({ choices: [{ index: 0, message, finish_reason: 'stop' }] })!;
    const [choice] = JSON.parse(writeAnswer(answer, OPTIONS).toString()).choices;
    expect(choice.finish_reason).toBe('tool_calls');
    expect(choice.message).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'x', type: 'function', function: { name: 'f', arguments: '{}' } },
        {
          id: expect.stringMatching(/^call_[0-9A-Za-z]{24}$/),
          type: 'function',
          function: { name: 'g', arguments: '{"a":1}' },
        },
      ],
      refusal: null,
      annotations: [],
    });
    expect(textOfAnswer(answer)).toBe('f{}g{"a":1}');
  });

  it('has calls of custom tools with their free text, be it empty', () => {
    const called = (id: string, input: string) => ({ id, type: 'custom', custom: { name: 'sql', input } });
    const message = { role: 'assistant', content: null, tool_calls: [called('a', 'select 1'), called('b', '')] };
    const answer = parseAnswer({ choices: [{ index: 0, message, finish_reason: 'tool_calls' }] })!;
    const [choice] = JSON.parse(writeAnswer(answer, OPTIONS).toString()).choices;
    expect(choice.message.tool_calls).toEqual(message.tool_calls);
  });

  it('names what the provider leaves nameless', () => {
    const answer = parseAnswer({ choices: [{ message: { content: 'a' } }, { message: { content: 'b' } }] })!;
    expect(JSON.parse(writeAnswer(answer, OPTIONS).toString())).toMatchObject({
      id: 'chatcmpl-0060abcdefghijklmnopqrst',
      created: 1_770_000_000,
      model: 'asked-model',
      choices: [{ index: 0 }, { index: 1 }],
    });
  });

  it('gives OpenAI’s own answers back unchanged', () => {
    const original = completion({ text: 'Hi', usage: parseUsage({ prompt_tokens: 1, completion_tokens: 1 })!.shown });
    expect(JSON.parse(writeAnswer(parseAnswer(original)!, OPTIONS).toString())).toEqual(original);
  });

  it.each([{}, { choices: [] }, { choices: {} }, { choices: [null] }, { choices: [{ text: 'a' }] }])(
    'is not %j',
    (body) => {
      expect(parseAnswer(body)).toBeUndefined();
    },
  );
});
