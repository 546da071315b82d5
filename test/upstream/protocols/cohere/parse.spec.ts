import type { CanonicalEvent } from '../../../../src/upstream/canonical.js';
import { cohereV2 } from '../../../../src/upstream/protocols/cohere/index.js';
import { parseUsage } from '../../../../src/upstream/protocols/cohere/usage.js';
import { cohere } from '../../../../src/upstream/providers/cohere.js';
import { callOf } from '../../calling.js';

const CONTEXT = { call: callOf({ provider: 'cohere' }), quirks: cohere.quirks, headers: {} };
const COUNTS = { tokens: { input_tokens: 50, output_tokens: 6 }, billed_units: { input_tokens: 5, output_tokens: 3 } };
const START = { type: 'message-start', id: 'c1', delta: { message: { role: 'assistant' } } };

function tellings(...events: readonly Record<string, unknown>[]) {
  const parse = cohereV2.streamParser(CONTEXT);
  return events.map((event) => parse({ event: undefined, data: JSON.stringify(event) }));
}

const told = (...events: readonly Record<string, unknown>[]) =>
  tellings(START, ...events)
    .flatMap((one) => [...one!])
    .filter(({ kind }) => kind !== 'start');

const message = (type: string, fields: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  type,
  delta: { message: fields },
  ...rest,
});
const ending = (delta: Record<string, unknown>) => ({ type: 'message-end', delta });
// oxlint-disable-next-line typescript/no-explicit-any
const answer = (fields: Record<string, unknown>, said: Record<string, unknown> = {}): any =>
  cohereV2.parseAnswer(
    { id: 'c1', message: { role: 'assistant', ...said }, finish_reason: 'COMPLETE', usage: COUNTS, ...fields },
    CONTEXT,
  );

describe('usage on Cohere’s wire', () => {
  it.each([
    undefined,
    null,
    {},
    { tokens: {} },
    { tokens: { input_tokens: 5 } },
    { billed_units: { input_tokens: '5', output_tokens: 3 } },
  ])('is missing in %j', (usage) => expect(parseUsage(usage)).toBeUndefined());

  it('tells what was counted, and what is billed where that is something else', () => {
    const usage = parseUsage({ ...COUNTS, cached_tokens: 20 })!;
    expect(usage.tokens).toMatchObject({ input: 50, cachedInput: 20, output: 6 });
    expect(usage.billed).toMatchObject({ input: 5, cachedInput: 0, output: 3 });
    expect(usage.shown).toMatchObject({ prompt_tokens: 50, completion_tokens: 6, total_tokens: 56, prompt_tokens_details: { cached_tokens: 20 } });
    expect(parseUsage({ tokens: COUNTS.tokens, billed_units: COUNTS.tokens })).not.toHaveProperty('billed');
    expect(parseUsage({ tokens: COUNTS.tokens })).not.toHaveProperty('billed');
    expect(parseUsage({ billed_units: COUNTS.billed_units, cached_tokens: 4 })!.tokens).toMatchObject({ input: 5, cachedInput: 0, output: 3 });
    expect(parseUsage({ billed_units: COUNTS.billed_units })).not.toHaveProperty('billed');
  }); // prettier-ignore
});

describe('a whole answer on Cohere’s wire', () => {
  it.each([
    ['COMPLETE', 'stop'],
    ['STOP_SEQUENCE', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['ERROR_LIMIT', 'length'],
    ['TOOL_CALL', 'tool_calls'],
    ['ERROR_TOXIC', 'content_filter'],
  ])('that ends by %s ends by %s', (finish_reason, finish) => {
    expect(answer({ finish_reason }).choices[0].finish).toBe(finish);
  });

  it('is none that ends in an error', () => {
    expect(answer({ finish_reason: 'ERROR' })).toEqual({
      kind: 'failure',
      body: { message: 'the answer ended in an error' },
    });
    expect(answer({ finish_reason: 'TIMEOUT' })).toMatchObject({ kind: 'failure', code: 'upstream_unavailable' });
    expect(answer({ finish_reason: 'TIMEOUT', message: undefined })).toMatchObject({
      kind: 'failure',
      code: 'upstream_unavailable',
    });
    expect(answer({ message: undefined })).toBeUndefined();
  });

  it('tells thoughts and plans apart from what is said', () => {
    const content = [{ type: 'thinking', thinking: 'Hm. ' }, { type: 'text', text: 'Four' }, { type: 'text', text: '.' }]; // prettier-ignore
    expect(answer({}, { content, tool_plan: 'I add.' }).choices[0]).toMatchObject({
      text: 'Four.',
      reasoning: 'Hm. I add.',
      toolCalls: [],
    });
    const calls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: '' } }, { id: 'b', function: { name: 'g', arguments: '{"x":1}' } }]; // prettier-ignore
    expect(answer({}, { tool_calls: calls }).choices[0]).toMatchObject({
      text: null,
      reasoning: undefined,
      toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }, { id: 'b', name: 'g', arguments: '{"x":1}' }],
    }); // prettier-ignore
    expect(answer({}).choices[0].text).toBe('');
  });

  it('shows log probabilities as OpenAI does; several tokens at once are one', () => {
    const logprobs = [
      { text: 'é', token_ids: [1, 2], logprobs: [-0.5, -0.25] },
      { text: '!', token_ids: [3], logprobs: [-1] },
    ];
    expect(answer({ logprobs }).choices[0].logprobs).toEqual({
      content: [
        { token: 'é', logprob: -0.75, bytes: [0xc3, 0xa9], top_logprobs: [] },
        { token: '!', logprob: -1, bytes: [0x21], top_logprobs: [] },
      ],
      refusal: null,
    });
    expect(answer({}).choices[0].logprobs).toBeNull();
  });
});

describe('a stream on Cohere’s wire', () => {
  it('begins with its first words and ends with its last event', () => {
    const kinds = tellings(
      START,
      message('content-start', { content: { type: 'text', text: '' } }),
      message('content-delta', { content: { text: 'Hi' } }),
      ending({ finish_reason: 'MAX_TOKENS', usage: COUNTS }),
    );
    expect(kinds.map((events) => events!.map(({ kind }) => kind))).toEqual([
      [],
      [],
      ['start', 'text'],
      ['finish', 'usage', 'end'],
    ]);
    expect(kinds[2]![0]).toMatchObject({ id: 'c1' });
    expect(kinds[3]).toMatchObject([
      { reason: 'length' },
      { usage: { tokens: { input: 50 }, billed: { input: 5 } } },
      {},
    ]);
  });

  it.each<[string, readonly Record<string, unknown>[], readonly unknown[]]>([
    ['text that a part begins with', [message('content-start', { content: { type: 'text', text: 'Hi' } })], [{ kind: 'text', choice: 0, text: 'Hi' }]],
    ['thoughts', [message('content-delta', { content: { thinking: 'hm' } })], [{ kind: 'reasoning', choice: 0, text: 'hm' }]],
    ['a plan', [message('tool-plan-delta', { tool_plan: 'I look.' })], [{ kind: 'reasoning', choice: 0, text: 'I look.' }]],
    ['a call at once', [message('tool-call-start', { tool_calls: { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } } }, { index: 3 })], [{ kind: 'tool_start', choice: 0, key: 3, id: 'a', name: 'f' }, { kind: 'tool_args', choice: 0, key: 3, text: '{"x":1}' }]],
    ['a call in pieces', [message('tool-call-start', { tool_calls: { id: 'a', function: { name: 'f', arguments: '' } } }, { index: 0 }), message('tool-call-delta', { tool_calls: { function: { arguments: '{}' } } }, { index: 0 }), { type: 'tool-call-end', index: 0 }],
      [{ kind: 'tool_start', choice: 0, key: 0, id: 'a', name: 'f' }, { kind: 'tool_args', choice: 0, key: 0, text: '{}' }, { kind: 'tool_end', choice: 0, key: 0 }]],
    ['log probabilities', [message('content-delta', { content: { text: 'A' } }, { logprobs: { text: 'A', token_ids: [1], logprobs: [-2] } })], [{ kind: 'text', choice: 0, text: 'A', logprobs: { content: [{ token: 'A', logprob: -2, bytes: [65], top_logprobs: [] }], refusal: null } }]],
    ['thoughts beside log probabilities', [message('content-delta', { content: { thinking: 'hm' } }, { logprobs: { text: 'hm', token_ids: [1], logprobs: [-2] } })], [{ kind: 'reasoning', choice: 0, text: 'hm' }]],
    ['nothing of what a caller has no use for', [message('citation-start', { citations: {} }), { type: 'citation-end' }, { type: 'content-end' }, { type: 'debug', prompt: 'x' }, { type: 'new' }], []],
    ['an error, behind what it cost', [ending({ finish_reason: 'ERROR', error: 'it broke', usage: COUNTS })], [expect.objectContaining({ kind: 'usage' }), { kind: 'failure', body: { message: 'it broke' } }]],
    ['an answer that took too long', [ending({ finish_reason: 'TIMEOUT' })], [{ kind: 'failure', body: { message: 'the answer took too long' }, code: 'upstream_unavailable' }]],
    ['an error that names no reason', [ending({ error: 'it broke' })], [{ kind: 'failure', body: { message: 'it broke' } }]],
    ['an error that is an event', [{ type: 'error', message: 'too many requests' }], [{ kind: 'failure', body: { type: 'error', message: 'too many requests' } }]],
    ['an error in place of an event', [{ message: 'internal server error' }], [{ kind: 'failure', body: { message: 'internal server error' } }]],
  ])('tells %s', (_, events, expected) => {
    expect(told(...events)).toEqual(expected);
  }); // prettier-ignore

  it('does not begin with an error, and is not made of what is no JSON object', () => {
    expect(tellings(START, { message: 'no' })[1]).toEqual([
      { kind: 'failure', body: { message: 'no' } },
    ] satisfies CanonicalEvent[]);
    expect(cohereV2.streamParser(CONTEXT)({ event: 'message-end', data: 'oh' })).toBeUndefined();
  });
});
