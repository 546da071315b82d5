import { anthropicMessages } from '../../../../src/upstream/protocols/anthropic/index.js';
import { parseUsage } from '../../../../src/upstream/protocols/anthropic/usage.js';
import type { CanonicalEvent } from '../../../../src/upstream/canonical.js';
import { anthropic } from '../../../../src/upstream/providers/anthropic.js';
import { callOf } from '../../calling.js';

const CONTEXT = { call: callOf({ provider: 'anthropic' }), quirks: anthropic.quirks, headers: {} };
const COUNTS = { input_tokens: 5, output_tokens: 3 };
const START = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-x', usage: { input_tokens: 5, output_tokens: 1 } },
};
const END = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } };

/** What each event of a stream tells. */
function tellings(...events: readonly Record<string, unknown>[]) {
  const parse = anthropicMessages.streamParser(CONTEXT);
  return events.map((event) => parse({ event: String(event['type']), data: JSON.stringify(event) }));
}

/** What the stream tells behind its first event, less the counts. */
const told = (...events: readonly Record<string, unknown>[]) =>
  tellings(START, ...events)
    .flatMap((one) => [...one!])
    .filter(({ kind }) => kind !== 'start' && kind !== 'usage');

const block = (index: number, content_block: Record<string, unknown>) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, fields: Record<string, unknown>) => ({
  type: 'content_block_delta',
  index,
  delta: fields,
});
const stop = (index: number) => ({ type: 'content_block_stop', index });
// oxlint-disable-next-line typescript/no-explicit-any
const answer = (fields: Record<string, unknown>): any =>
  anthropicMessages.parseAnswer({ content: [], stop_reason: 'end_turn', usage: COUNTS, ...fields }, CONTEXT);

describe('usage on Anthropic’s wire', () => {
  it.each([undefined, null, {}, 'many', { input_tokens: 5 }, { input_tokens: null, output_tokens: 3 }, { input_tokens: 0.5, output_tokens: 3 }])(
    'is missing in %j',
    (usage) => expect(parseUsage(usage)).toBeUndefined(),
  ); // prettier-ignore

  it('adds what was cached to the prompt, and knows how long it is kept', () => {
    const usage = parseUsage({
      ...COUNTS,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 40,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 30 },
      output_tokens_details: { thinking_tokens: 2 },
    })!;
    expect(usage.tokens).toMatchObject({
      input: 145,
      cachedInput: 100,
      cacheWrite: 40,
      cacheWrite1h: 30,
      output: 3,
      reasoning: 2,
    });
    expect(usage.shown).toMatchObject({
      prompt_tokens: 145,
      total_tokens: 148,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 2 },
    });
  });

  it('says nothing of writing to a cache where nothing is said', () => {
    const usage = parseUsage({ ...COUNTS, cache_read_input_tokens: null, cache_creation_input_tokens: null })!;
    expect(usage.tokens).toMatchObject({ input: 5, cachedInput: 0, cacheWrite: 0, cacheWrite1h: 0 });
    expect(JSON.stringify(usage.shown)).not.toContain('cache_write');
  });
});

describe('a whole answer on Anthropic’s wire', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    [null, 'stop'],
  ])('that ends by %s ends by %s', (stop_reason, finish) => {
    const content = stop_reason === null ? [{ type: 'text', text: 'Hi' }] : [];
    expect(answer({ stop_reason, content }).choices[0].finish).toBe(finish);
  });

  it('is no answer without content', () => {
    expect(answer({ content: undefined })).toBeUndefined();
    expect(answer({ content: 'Hi' })).toBeUndefined();
  });

  it('says an empty text where it says nothing, and none beside calls', () => {
    expect(answer({}).choices[0]).toMatchObject({ text: '', reasoning: undefined, refusal: null, toolCalls: [] });
    const call = { type: 'tool_use', id: 'a', name: 'f', input: { x: [1] } };
    expect(answer({ content: [{ type: 'text', text: '' }, call] }).choices[0]).toMatchObject({
      text: null,
      toolCalls: [{ id: 'a', name: 'f', arguments: '{"x":[1]}' }],
    });
  });

  it('keeps a refusal apart from what was said before it', () => {
    const refused = {
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: null, explanation: 'Not this.' },
    };
    expect(answer(refused).choices[0]).toMatchObject({ text: null, refusal: 'Not this.', finish: 'content_filter' });
    expect(answer({ ...refused, content: [{ type: 'text', text: 'Well' }] }).choices[0]).toMatchObject({
      text: 'Well',
      refusal: null,
    });
    expect(answer({ ...refused, stop_details: null }).choices[0]).toMatchObject({ text: '', refusal: null });
  });

  it('has no usage where none is told', () => {
    expect(answer({ usage: undefined }).usage).toBeUndefined();
    expect(answer({}).usage.tokens).toMatchObject({ input: 5, output: 3 });
  });
});

describe('a stream on Anthropic’s wire', () => {
  it('begins with its first words, and counts only at its end', () => {
    const text = block(0, { type: 'text', text: '' });
    const kinds = tellings(START, { type: 'ping' }, text, delta(0, { type: 'text_delta', text: 'Hi' }), stop(0), END, {
      type: 'message_stop',
    });
    expect(kinds.map((events) => events!.map(({ kind }) => kind))).toEqual([
      [],
      [],
      [],
      ['start', 'text'],
      [],
      ['finish', 'usage'],
      ['end'],
    ]);
    expect(kinds[3]![0]).toMatchObject({ kind: 'start', id: 'msg_1', model: 'claude-x' });
    expect(kinds[5]![1]).toMatchObject({ usage: { tokens: { input: 5, output: 3 } } });
  });

  it('begins with its end where nothing is said', () => {
    expect(tellings(START, END)[1]!.map(({ kind }) => kind)).toEqual(['start', 'finish', 'usage']);
  });

  it('does not begin with an error', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(tellings(START, error)).toEqual([[], [{ kind: 'failure', body: error }]]);
  });

  it('merges counts: they grow, and null says nothing', () => {
    const usage = (last: Record<string, unknown>) =>
      tellings({ ...START, message: { usage: { ...COUNTS, cache_read_input_tokens: 7 } } }, { ...END, usage: last })[1]!.at(-1);
    expect(usage({ output_tokens: 9, cache_read_input_tokens: null })).toMatchObject({ usage: { tokens: { input: 12, cachedInput: 7, output: 9 } } });
    expect(usage({ output_tokens: 9, input_tokens: 6, cache_read_input_tokens: 0 })).toMatchObject({ usage: { tokens: { input: 13, cachedInput: 7, output: 9 } } });
    expect(tellings({ type: 'message_start', message: {} }, { ...END, usage: { output_tokens: 9 } })[1]!.map(({ kind }) => kind)).toEqual(['start', 'finish']);
  }); // prettier-ignore

  const finish = { kind: 'finish', choice: 0, reason: 'stop' };
  it.each<[string, readonly Record<string, unknown>[], readonly CanonicalEvent[]]>([
    ['text that a block begins with', [block(0, { type: 'text', text: 'Hi' })], [{ kind: 'text', choice: 0, text: 'Hi' }]],
    ['thoughts', [block(0, { type: 'thinking', thinking: 'h' }), delta(0, { type: 'thinking_delta', thinking: 'm' }), delta(0, { type: 'signature_delta', signature: 's' })], [{ kind: 'reasoning', choice: 0, text: 'h' }, { kind: 'reasoning', choice: 0, text: 'm' }]],
    ['a call whose arguments come at once', [block(2, { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } }), stop(2)], [{ kind: 'tool_start', choice: 0, key: 2, id: 'a', name: 'f' }, { kind: 'tool_args', choice: 0, key: 2, text: '{"x":1}' }, { kind: 'tool_end', choice: 0, key: 2 }]],
    ['a call without arguments', [block(2, { type: 'tool_use', id: 'a', name: 'f', input: {} }), delta(2, { type: 'input_json_delta', partial_json: '' }), stop(2)], [{ kind: 'tool_start', choice: 0, key: 2, id: 'a', name: 'f' }, { kind: 'tool_args', choice: 0, key: 2, text: '{}' }, { kind: 'tool_end', choice: 0, key: 2 }]],
    ['the input of a tool of Anthropic’s own', [block(1, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }), delta(1, { type: 'input_json_delta', partial_json: '{"q":1}' }), stop(1)], []],
    ['citations and what nobody knows', [delta(0, { type: 'citations_delta', citation: {} }), delta(0, { type: 'new_delta' }), { type: 'new_event' }], []],
    ['a refusal', [{ ...END, delta: { stop_reason: 'refusal', stop_details: { explanation: 'Not this.' } } }], [{ kind: 'refusal', choice: 0, text: 'Not this.' }, { ...finish, reason: 'content_filter' } as CanonicalEvent]],
    ['a refusal behind words', [block(0, { type: 'text', text: 'Well' }), { ...END, delta: { stop_reason: 'refusal', stop_details: { explanation: 'Not this.' } } }], [{ kind: 'text', choice: 0, text: 'Well' }, { ...finish, reason: 'content_filter' } as CanonicalEvent]],
    ['an end without a reason', [{ ...END, delta: {} }], []],
  ])('tells %s', (_, events, expected) => {
    expect(told(...events)).toEqual(expected);
  }); // prettier-ignore

  it('is not made of what is no JSON object', () => {
    const parse = anthropicMessages.streamParser(CONTEXT);
    for (const data of ['[]', 'hello', '7']) expect(parse({ event: undefined, data })).toBeUndefined();
    expect(parse({ event: 'message_stop', data: '{}' })).toEqual([{ kind: 'end' }]);
  });
});
