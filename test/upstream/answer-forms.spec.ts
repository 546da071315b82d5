import fc from 'fast-check';
import { answerOfChunks } from '../../src/upstream/answer/answer-of-chunks.js';
import { chunksOfAnswer } from '../../src/upstream/answer/chunks-of-answer.js';
import { chunk, completion, delta, DONE, event, streamOf } from '../support/scripted-upstream.js';
import { objectsIn } from '../support/sse-answer.js';

const USAGE = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7, prompt_tokens_details: { cached_tokens: 1 } };

const CALLS = [
  { id: 'call_a', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
  { id: 'call_b', type: 'function', function: { name: 'get_time', arguments: '{}' } },
];

type Json = Record<string, unknown>;

/** A completion whose first choice has this message. */
function answerOf(message: Json, finish = 'stop', logprobs: unknown = null): Json {
  const choice = { index: 0, message: { role: 'assistant', ...message }, logprobs, finish_reason: finish };
  return { ...completion({ usage: USAGE }), choices: [choice] };
}

const chunksOf = async (answer: Json, includeUsage = false) =>
  (await chunksOfAnswer(Buffer.from(JSON.stringify(answer)), includeUsage)).toString();

async function wholeOf(events: string): Promise<Json> {
  const whole = await answerOfChunks(Buffer.from(events));
  if (whole.kind === 'error') throw new Error('the stream failed');
  return whole.answer;
}

describe('a JSON answer as a stream', () => {
  it('has a role chunk, the text, a finish chunk and [DONE], byte for byte as OpenAI lays them out', async () => {
    expect(await chunksOf(completion({ text: 'Hello', usage: USAGE }))).toBe(streamOf(['Hello']).join(''));
  });

  it('shows usage in one last chunk, and null in the others, only when it was asked for', async () => {
    const asked = await chunksOf(completion({ text: 'Hello', usage: USAGE }), true);
    expect(objectsIn(asked)).toEqual(objectsIn(streamOf(['Hello'], { usage: USAGE }).join('')));
    expect(asked.endsWith(DONE)).toBe(true);
  });

  it('R33 tells tool calls as dense deltas: id, type and name once, then the arguments', async () => {
    const events = await chunksOf(
      answerOf({ content: null, tool_calls: CALLS, refusal: null, annotations: [] }, 'tool_calls'),
    );
    const begun = (index: number) => ({
      index,
      ...CALLS[index],
      function: { name: CALLS[index]!.function.name, arguments: '' },
    });
    const args = (index: number) => ({ index, function: { arguments: CALLS[index]!.function.arguments } });
    expect(objectsIn(events).map(({ choices: [choice] }) => [choice.delta, choice.finish_reason])).toEqual([
      [{ role: 'assistant', content: null }, null],
      [{ tool_calls: [begun(0)] }, null],
      [{ tool_calls: [args(0)] }, null],
      [{ tool_calls: [begun(1)] }, null],
      [{ tool_calls: [args(1)] }, null],
      [{}, 'tool_calls'],
    ]);
  });

  it('keeps refusals, logprobs, reasoning, annotations, audio and fields nobody has heard of', async () => {
    const message = {
      content: 'text',
      reasoning_content: 'thinking',
      refusal: 'no',
      annotations: [{ type: 'url_citation', url_citation: { url: 'https://x' } }],
      audio: { id: 'audio_1', data: 'AAAA', transcript: 'text', expires_at: 1 },
      later: { invention: true },
    };
    const answer = answerOf(message, 'length', { content: [{ token: 'text', logprob: -1 }], refusal: null });
    expect(await wholeOf(await chunksOf(answer, true))).toEqual(answer);
  });
});

describe('a stream as a JSON answer', () => {
  it('is what the same answer would have been, field by field in the same order', async () => {
    const events = streamOf(['Hel', 'lo'], { usage: USAGE }).join('');
    const { usage, service_tier, system_fingerprint, ...whole } = completion({ text: 'Hello', usage: USAGE }) as Json;
    expect(JSON.stringify(await wholeOf(events))).toBe(
      JSON.stringify({ ...whole, usage, service_tier, system_fingerprint }),
    );
  });

  it('R33 puts the pieces of parallel tool calls together, and drops their place in the stream', async () => {
    const pieces = ['{"ci', 'ty":"Os', 'lo"}'];
    const events = [
      chunk([delta({ role: 'assistant', content: '' })]),
      chunk([delta({ tool_calls: [{ index: 0, ...CALLS[0], function: { name: 'get_weather', arguments: '' } }] })]),
      ...pieces.map((piece) => chunk([delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] })])),
      chunk([delta({ tool_calls: [{ index: 1, ...CALLS[1] }] })]),
      chunk([delta({}, 'tool_calls')]),
      DONE,
    ].join('');
    expect(await wholeOf(events)).toMatchObject({
      choices: [
        {
          message: { role: 'assistant', content: null, tool_calls: CALLS, refusal: null, annotations: [] },
          finish_reason: 'tool_calls',
        },
      ],
    });
    expect(JSON.stringify(await wholeOf(events))).not.toContain('"index":1');
  });

  it('joins each of several choices, whatever the order they were told in', async () => {
    const said = (text: string, index: number) => chunk([delta({ content: text }, null, index)]);
    const events = [
      said('b', 1),
      said('a', 0),
      chunk([delta({ content: 'B' }, null, 1), delta({ content: 'A' }, null, 0)]),
    ];
    const ends = [chunk([delta({}, 'length', 0)]), chunk([delta({}, 'stop', 1)]), DONE];
    expect(await wholeOf([...events, ...ends].join(''))).toMatchObject({
      choices: [
        { index: 0, message: { content: 'aA' }, finish_reason: 'length' },
        { index: 1, message: { content: 'bB' }, finish_reason: 'stop' },
      ],
    });
  });

  it('is an error when the stream ended in one', async () => {
    const error = { message: 'openai: gone', type: 'upstream_error', code: 'upstream_unavailable', param: null };
    const events = chunk([delta({ role: 'assistant', content: 'Hi' })]) + event({ error });
    expect(await answerOfChunks(Buffer.from(events))).toEqual({ kind: 'error', error });
  });

  it('leaves out comments, padding and names that would reach into objects themselves', async () => {
    const padded = `: comment\n\n${chunk([delta({ role: 'assistant', content: 'Hi' })]).replace('"object"', '"obfuscation":"xxx","object"')}`;
    const hostile =
      'data: {"id":"x","choices":[{"index":0,"delta":{"__proto__":{"polluted":true},"content":"!"}}]}\n\n';
    const answer = await wholeOf(padded + hostile + DONE);
    expect(JSON.stringify(answer)).not.toContain('obfuscation');
    expect(answer).toMatchObject({ choices: [{ message: { content: 'Hi!' } }] });
    expect(({} as Json)['polluted']).toBeUndefined();
  });

  it('there and back again is the same answer, whatever it holds', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const call = fc.record({
      id: text,
      type: fc.constant('function'),
      function: fc.record({ name: text, arguments: fc.json() }),
    });
    const message = fc.oneof(
      fc.record({ content: text, refusal: fc.constant(null), annotations: fc.constant([]) }),
      fc.record({ content: text, reasoning_content: text, refusal: fc.option(text), annotations: fc.constant([]) }),
      fc.record({
        content: fc.option(text),
        tool_calls: fc.array(call, { minLength: 1, maxLength: 4 }),
        refusal: fc.constant(null),
        annotations: fc.constant([]),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('stop', 'length'),
        async (messages, finish_reason) => {
          const choices = messages.map((said, index) => ({
            index,
            message: { role: 'assistant', ...said },
            logprobs: null,
            finish_reason,
          }));
          const answer = { ...completion({ usage: USAGE }), choices };
          expect(await wholeOf(await chunksOf(answer, true))).toEqual(answer);
        },
      ),
    );
  });
});
