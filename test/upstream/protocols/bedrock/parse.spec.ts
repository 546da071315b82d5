import type { JsonObject } from '../../../../src/upstream/json/json.js';
import { bedrockConverse } from '../../../../src/upstream/protocols/bedrock/index.js';
import { bedrock } from '../../../../src/upstream/providers/bedrock.js';
import { callOf } from '../../calling.js';

const CONTEXT = {
  call: callOf({ provider: 'bedrock' }),
  quirks: bedrock.quirks,
  headers: { 'x-amzn-requestid': 'b0b0' },
};

const parsed = (content: unknown, more: JsonObject = { stopReason: 'end_turn' }) =>
  bedrockConverse.parseAnswer({ output: { message: { role: 'assistant', content } }, ...more }, CONTEXT);
const usageOf = (usage: unknown) => (parsed([], { stopReason: 'end_turn', usage }) as { usage: unknown }).usage;

describe('an answer of Bedrock', () => {
  it.each<[string, unknown, object]>([
    ['texts in their order', [{ text: 'a' }, { text: 'b' }], { text: 'ab', toolCalls: [] }],
    ['nothing at all', [], { text: '', toolCalls: [] }],
    ['text with its sources', [{ citationsContent: { content: [{ text: 'As said' }, { text: ' here.' }], citations: [{}] } }], { text: 'As said here.' }],
    ['a call without input', [{ toolUse: { toolUseId: 't1', name: 'look' } }], { text: null, toolCalls: [{ id: 't1', name: 'look', arguments: '{}' }] }],
    ['thoughts, shown and hidden', [{ reasoningContent: { redactedContent: 'AA' } }, { reasoningContent: { reasoningText: { text: 'hm' } } }], { text: '', reasoning: 'hm' }],
    ['blocks that nobody has heard of', [{ image: { format: 'png' } }, { text: 'a' }, 7], { text: 'a' }],
  ])('tells %s', (_, content, choice) => {
    expect(parsed(content)).toMatchObject({ id: 'chatcmpl-b0b0', choices: [choice] });
  }); // prettier-ignore

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool_calls'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    [undefined, 'stop'],
  ])('that ended with %s ends with %s', (stopReason, finish) => {
    expect(parsed(stopReason === undefined ? [{ text: 'a' }] : [], { stopReason })).toMatchObject({
      choices: [{ finish }],
    });
  });

  it.each(['malformed_model_output', 'malformed_tool_use'])(
    'that ended with %s is a failure, in a stream too',
    (stopReason) => {
      const failure = { kind: 'failure', code: 'upstream_invalid_response' };
      expect(parsed([{ text: 'a' }], { stopReason })).toMatchObject(failure);
      const read = bedrockConverse.streamParser(CONTEXT);
      expect(read({ event: 'messageStop', data: JSON.stringify({ stopReason }) })).toMatchObject([failure]);
    },
  );

  it.each([[{}], [{ output: {} }], [{ message: 'Not found' }]])('is none in %j', (answer) => {
    expect(bedrockConverse.parseAnswer(answer, CONTEXT)).toBeUndefined();
  });

  it('counts what it says, and guesses nothing', () => {
    expect(usageOf({ inputTokens: 0, outputTokens: 0 })).toMatchObject({ tokens: { input: 0, output: 0 } });
    expect(
      usageOf({ inputTokens: 5, outputTokens: 2, cacheReadInputTokens: 3, cacheWriteInputTokens: 1 }),
    ).toMatchObject({
      tokens: { input: 9, cachedInput: 3, cacheWrite: 1, output: 2 },
      shown: {
        prompt_tokens: 9,
        completion_tokens: 2,
        total_tokens: 11,
        prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 1 },
      },
    });
    const cacheDetails = [{ ttl: '1h', inputTokens: 30 }, { ttl: '5m', inputTokens: 10 }, { ttl: '1h', inputTokens: 'x' }]; // prettier-ignore
    expect(usageOf({ inputTokens: 5, outputTokens: 2, cacheWriteInputTokens: 40, cacheDetails })).toMatchObject({
      tokens: { input: 45, cacheWrite: 40, cacheWrite1h: 30 },
    });
    expect(JSON.stringify(usageOf({ inputTokens: 5, outputTokens: 2 }))).not.toContain('cache_write');
    for (const usage of [
      undefined,
      {},
      { inputTokens: 5 },
      { outputTokens: 5 },
      { inputTokens: 'many', outputTokens: 1 },
    ]) {
      expect(usageOf(usage)).toBeUndefined();
    }
  });
});

describe('a stream of Bedrock', () => {
  const told = (...events: [string, object][]) => {
    const read = bedrockConverse.streamParser(CONTEXT);
    return events.flatMap(([event, data]) => read({ event, data: JSON.stringify(data) }) ?? []);
  };

  it('has not begun before something is told', () => {
    expect(told(['messageStart', { role: 'assistant' }])).toEqual([]);
    expect(
      told(['messageStart', { role: 'assistant' }], ['exception', { type: 'throttlingException', message: 'slow' }]),
    ).toMatchObject([{ kind: 'failure', body: { error: { message: 'slow', status_code: 429 } } }]);
    expect(
      told(
        ['messageStart', { role: 'assistant' }],
        ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'a' } }],
      ),
    ).toMatchObject([
      { kind: 'start', id: 'chatcmpl-b0b0' },
      { kind: 'text', text: 'a' },
    ]);
  });

  it.each([
    ['exception', 'validationException', 400],
    ['error', 'ValidationException', 400],
    ['error', 'ThrottlingException', 429],
    ['error', 'InternalFailure', undefined],
    ['error', undefined, undefined],
  ])('ends with an %s %s', (event, type, status_code) => {
    expect(told([event, { type, message: 'no' }])).toEqual([
      { kind: 'failure', body: { error: { message: 'no', type, status_code } } },
    ]);
  });

  it('ends with its counts, but only behind the reason to stop', () => {
    const counts: [string, object] = ['metadata', { usage: { inputTokens: 1, outputTokens: 1 } }];
    expect(told(counts).map(({ kind }) => kind)).toEqual(['usage']);
    expect(told(['messageStop', { stopReason: 'end_turn' }], counts).map(({ kind }) => kind)).toEqual([
      'finish',
      'usage',
      'end',
    ]);
  });

  it('holds nothing but JSON objects', () => {
    const read = bedrockConverse.streamParser(CONTEXT);
    expect(read({ event: 'messageStop', data: 'oops' })).toBeUndefined();
  });
});
