import { RingsideError } from '../../../../src/domain/errors.js';
import { claudeTraits } from '../../../../src/upstream/protocols/anthropic/claude-models.js';
import { renderChat as renderMessages } from '../../../../src/upstream/protocols/anthropic/render.js';
import { renderChat as renderConverse } from '../../../../src/upstream/protocols/bedrock/render.js';
import { renderChat as renderOpenai } from '../../../../src/upstream/protocols/openai/render.js';
import { anthropic } from '../../../../src/upstream/providers/anthropic.js';
import { bedrock } from '../../../../src/upstream/providers/bedrock.js';
import { openrouter } from '../../../../src/upstream/providers/openrouter.js';
import { callOf } from '../../calling.js';

const MESSAGES = [{ role: 'user', content: 'Hi' }];
const TOOLS = ['look_up', 'add_up'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object' } },
}));
const BY_NAME = { type: 'function', function: { name: 'add_up' } };

/** What a wire says of thinking and tools, in the same words for both. */
interface Said {
  readonly thinking: unknown;
  readonly effort: unknown;
  readonly choice: unknown;
  readonly system: string;
  readonly limit: unknown;
  readonly topK: unknown;
}

// oxlint-disable-next-line typescript/no-explicit-any
type Wire = any;

const WIRES: readonly (readonly [string, (model: string, body: Record<string, unknown>) => Said])[] = [
  [
    'anthropic',
    (model, body) => {
      const wire: Wire = renderMessages(callOf({ provider: 'anthropic', model, body: { messages: MESSAGES, ...body } }), anthropic.quirks);
      const { thinking, output_config, tool_choice, system, max_tokens, top_k } = wire;
      return { thinking, effort: output_config?.effort, choice: tool_choice?.type, system: JSON.stringify(system ?? ''), limit: max_tokens, topK: top_k };
    },
  ],
  [
    'bedrock',
    (model, body) => {
      const call = callOf({ provider: 'bedrock', model: `us.anthropic.${model}-v1:0`, body: { messages: MESSAGES, ...body } });
      const wire: Wire = renderConverse(call, bedrock.quirks);
      const { additionalModelRequestFields: fields, outputConfig, toolConfig, system, inferenceConfig } = wire;
      const choice = toolConfig?.toolChoice && Object.keys(toolConfig.toolChoice)[0];
      return { thinking: fields?.thinking, effort: outputConfig?.effort, choice, system: JSON.stringify(system ?? ''), limit: inferenceConfig?.maxTokens, topK: fields?.top_k };
    },
  ],
]; // prettier-ignore

describe.each(WIRES)('Claude by its name, on the wire of %s', (wire, said) => {
  it.each<[string, unknown, unknown]>([
    ['claude-opus-5-5', undefined, 'low'],
    ['claude-fable-5', undefined, 'low'],
    ['claude-fable-5-1', undefined, 'low'],
    ['claude-fable-5-2', undefined, 'low'],
    ['claude-mythos-5', undefined, 'low'],
    ['claude-mythos-5-2', undefined, 'low'],
    ['claude-opus-6', undefined, 'low'],
    ['claude-haiku-5-5', undefined, 'low'],
    ['claude-sonnet-5-5', { type: 'between_tools' }, undefined],
    ['claude-sonnet-6-20270101', { type: 'between_tools' }, undefined],
    ['claude-opus-5', { type: 'disabled' }, undefined],
    ['claude-sonnet-5', { type: 'disabled' }, undefined],
    ['claude-opus-4-6', { type: 'disabled' }, undefined],
    ['claude-sonnet-4-5', undefined, undefined],
    ['claude-3-5-sonnet-20241022', undefined, undefined],
  ])(`B16 on ${wire}, %s is kept from thinking only where it can be`, (model, thinking, effort) => {
    expect(said(model, { reasoning_effort: 'none' })).toMatchObject({ thinking, effort });
  });

  it.each<[string, unknown, string | undefined]>([
    ['claude-opus-5-5', 'required', 'one of the tools'],
    ['claude-opus-5-5', BY_NAME, 'the tool "add_up"'],
    ['claude-sonnet-5-5', 'required', 'one of the tools'],
    ['claude-fable-5-1', BY_NAME, 'the tool "add_up"'],
    ['claude-opus-9', 'required', 'one of the tools'],
    ['claude-opus-5-5', 'auto', undefined],
    ['claude-opus-5', 'required', undefined],
    ['claude-sonnet-4-5', BY_NAME, undefined],
  ])(`B18 on ${wire}, %s with tool_choice %j is told %j in words`, (model, choice, words) => {
    const { choice: sent, system } = said(model, { tools: TOOLS, tool_choice: choice, reasoning_effort: 'high' });
    if (words === undefined) expect(system).not.toContain('Answer by calling');
    else expect(system).toContain(`Answer by calling ${words.replaceAll('"', String.raw`\"`)}, not with text.`);
    const isForced = words === undefined && choice !== 'auto';
    expect(['any', 'tool'].includes(sent as string)).toBe(isForced);
  });

  it(`B21 on ${wire}, what the caller says in Anthropic’s own words goes out`, () => {
    const thinking = { type: 'enabled', budget_tokens: 10_000 };
    expect(said('claude-sonnet-4-5', { thinking, max_tokens: 20_000, top_k: 40 })).toMatchObject({ thinking, topK: undefined });
    expect(said('claude-sonnet-4-5', { top_k: 40 })).toMatchObject({ thinking: undefined, topK: 40 });
    expect(said('claude-opus-5', { thinking: { type: 'adaptive' }, top_k: 40 })).toMatchObject({ thinking: { type: 'adaptive' }, topK: undefined });
    expect(said('claude-sonnet-4-5', { thinking: null }).thinking).toBeUndefined();
  }); // prettier-ignore

  it.each([['yes'], [3], [['enabled']]])(`B21 on ${wire}, thinking of %j is none`, (thinking) => {
    const render = () => said('claude-sonnet-4-5', { thinking });
    expect(render).toThrow(RingsideError);
    expect(render).toThrow(expect.objectContaining({ code: 'invalid_parameter', param: 'thinking' }));
  });
});

describe('Claude behind a router', () => {
  it.each<[string, unknown, string | undefined]>([
    ['anthropic/claude-opus-5.5', 'required', 'one of the tools'],
    ['anthropic/claude-sonnet-5.5', BY_NAME, 'the tool "add_up"'],
    ['anthropic/claude-fable-5.1', 'required', 'one of the tools'],
    ['anthropic/claude-opus-6', 'required', 'one of the tools'],
    ['anthropic/claude-opus-5', 'required', undefined],
    ['anthropic/claude-sonnet-4.5', BY_NAME, undefined],
    ['anthropic/claude-3.5-haiku', 'required', undefined],
    ['openai/gpt-5.6', 'required', undefined],
    ['anthropic/claude-opus-5.5', 'auto', undefined],
    ['~anthropic/claude-opus-latest', 'required', 'one of the tools'],
    ['~anthropic/claude-sonnet-5.5', 'required', 'one of the tools'],
    ['anthropic/claude-5.5-opus-20261001', 'required', 'one of the tools'],
    ['anthropic/claude-5-fable-20260601', 'required', 'one of the tools'],
    ['anthropic/claude-opus-10', 'required', 'one of the tools'],
    ['anthropic/claude-opus-5-20260701', 'required', undefined],
    ['anthropic/claude-5-opus-20260701', 'required', undefined],
    ['anthropic/claude-4.5-sonnet-20250929', 'required', undefined],
    ['anthropic/claude-sonnet-4', 'required', undefined],
  ])('B18 at openrouter, %s with tool_choice %j is told %j in words', (model, choice, words) => {
    const body = { messages: MESSAGES, tools: TOOLS, tool_choice: choice };
    const wire: Wire = renderOpenai(callOf({ provider: 'openrouter', model, body }), openrouter.quirks);
    expect(wire.tools).toEqual(TOOLS);
    expect(wire.tool_choice).toEqual(words === undefined ? choice : 'auto');
    const said = words === undefined ? [] : [{ role: 'system', content: `Answer by calling ${words}, not with text.` }];
    expect(wire.messages).toEqual([...MESSAGES, ...said]);
  });
});

describe('the last word of a Claude’s caller behind a router', () => {
  it.each<[string, string]>([
    ['anthropic/claude-4.5-sonnet-20250929', 'assistant'],
    ['anthropic/claude-4-sonnet-20250522', 'assistant'],
    ['anthropic/claude-opus-4-20250514', 'assistant'],
    ['anthropic/claude-opus-4.1:beta', 'assistant'],
    ['anthropic/claude-3.7-sonnet:thinking', 'assistant'],
    ['anthropic/claude-4.6-sonnet-20260201', 'user'],
    ['anthropic/claude-opus-4.10', 'user'],
    ['~anthropic/claude-haiku-latest', 'user'],
  ])('B20 at openrouter, %s goes on behind the %s', (model, role) => {
    const body = { messages: [...MESSAGES, { role: 'assistant', content: 'The answer is' }] };
    const wire: Wire = renderOpenai(callOf({ provider: 'openrouter', model, body }), openrouter.quirks);
    expect(wire.messages.at(-1).role).toBe(role);
  });
});

describe('the longest answer of a Claude', () => {
  it.each<[string, number]>([
    ['claude-opus-4-8', 128_000],
    ['claude-opus-5', 128_000],
    ['claude-opus-5-5', 128_000],
    ['claude-sonnet-5', 128_000],
    ['claude-sonnet-5-5', 128_000],
    ['claude-haiku-5-5', 128_000],
    ['claude-fable-5-1', 128_000],
    ['claude-3-7-sonnet-20250219', 64_000],
    ['claude-3-5-haiku-20241022', 8192],
    ['claude-3-opus-20240229', 4096],
    ['claude-2.1', 4096],
    ['claude-of-next-year', 128_000],
    ['claude-sonnet-4-5@20250929', 64_000],
    ['claude-opus-4-1@20250805', 32_000],
    ['claude-opus-4@20250514', 32_000],
    ['claude-4-sonnet-20250514', 64_000],
    ['claude-3-5-haiku@20241022', 8192],
    ['claude-3-haiku@20240307', 4096],
    ['claude-sonnet-4-6@default', 64_000],
    ['claude-opus-4-6@default', 128_000],
    ['anthropic/claude-sonnet-4.5', 64_000],
    ['anthropic/claude-3.7-sonnet', 64_000],
    ['anthropic/claude-opus-4.10', 128_000],
    ['us.anthropic.claude-3-5-sonnet-20240620-v1:0', 8192],
    ['anthropic.claude-opus-4-20250514-v1:0', 32_000],
    ['claude-haiku-5-5@20261001', 128_000],
    ['my-tuned-model', 128_000],
  ])('B23 of %s is what a call without a limit is sent: %d', (model, limit) => {
    const request = renderMessages(
      callOf({ provider: 'anthropic', model, body: { messages: MESSAGES } }),
      anthropic.quirks,
    );
    expect(request['max_tokens']).toBe(limit);
  });

  it('B23 a name that tells no generation has the traits of the newest', () => {
    for (const model of ['claude-next', 'claude-opus-latest', 'my-tuned-model']) {
      expect(claudeTraits(model)).toMatchObject({ off: 'low-effort', forcedTools: false, ownSampling: true });
    }
  });
});
