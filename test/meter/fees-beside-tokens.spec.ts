import type { Ringside } from '../support/ringside.js';
import { chunk, completion, delta, DONE, type Script } from '../support/scripted-upstream.js';
import { bookedOf, frames, namedSse, sse, startWires } from '../support/wires.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await startWires();
});
afterAll(() => ringside.stop());

type Answer = Record<string, unknown> | Script;

const counts = (more: object) => ({ prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010, ...more });
const openai = (more: object): Answer => completion({ usage: counts(more) });
const openaiStream = (...usages: readonly object[]): Answer =>
  sse(chunk([delta({ content: 'Hi' }, 'stop')]), ...usages.map((more) => chunk([], { usage: counts(more) })), DONE);
const text = [{ type: 'text', text: 'Hi' }];
const claude = (server_tool_use: object): Answer => ({
  model: 'claude-sonnet-4-5',
  content: text,
  stop_reason: 'end_turn',
  usage: { input_tokens: 1000, output_tokens: 10, server_tool_use },
});
const claudeStream = (server_tool_use: object): Answer =>
  namedSse(
    {
      type: 'message_start',
      message: { id: 'm', model: 'claude-sonnet-4-5', usage: { input_tokens: 1000, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: text[0] },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 10, server_tool_use } },
    { type: 'message_stop' },
  );
const nova = (serverToolUsage: object): Answer =>
  frames(
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }],
    ['messageStop', { stopReason: 'end_turn' }],
    ['metadata', { usage: { inputTokens: 1000, outputTokens: 10, serverToolUsage } }],
  );
const cohereUsage = (units: object) => ({
  billed_units: { input_tokens: 1000, output_tokens: 10, ...units },
  tokens: { input_tokens: 1000, output_tokens: 10 },
});
const cohere = (units: object): Answer => ({
  id: 'c',
  finish_reason: 'COMPLETE',
  message: { role: 'assistant', content: text },
  usage: cohereUsage(units),
});
const cohereStream = (units: object): Answer =>
  namedSse(
    { type: 'message-start', id: 'c', delta: { message: { role: 'assistant' } } },
    { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi' } } } },
    { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: cohereUsage(units) } },
  );

const CLAUDE = 'fc:anthropic/claude-sonnet-4-5';
const NOVA = 'fc:bedrock/amazon.nova-lite-v1:0';
const COMMAND = 'fc:cohere/command-a-03-2025';

describe('what is billed beside tokens', () => {
  it.each<[string, string, readonly Answer[], string | null]>([
    [
      'runs of code at Anthropic',
      CLAUDE,
      [claude({ code_execution_requests: 1 }), claudeStream({ code_execution_requests: 1 })],
      null,
    ],
    ['searches and runs of code', CLAUDE, [claude({ web_search_requests: 1, code_execution_requests: 2 })], null],
    [
      'looking for tools, which is free',
      CLAUDE,
      [claude({ tool_search_requests: 2 }), claudeStream({ tool_search_requests: 2 })],
      '3150000',
    ],
    ['searches beside that', CLAUDE, [claude({ tool_search_requests: 2, web_search_requests: 1 })], '13150000'],
    ['no uses', CLAUDE, [claude({ web_search_requests: 0, code_execution_requests: 0 })], '3150000'],
    ['runs of code at Bedrock', NOVA, [nova({ codeInterpreterRequests: 1 })], null],
    ['searches of Cohere', COMMAND, [cohere({ search_units: 1 }), cohereStream({ search_units: 1 })], null],
    ['classifications of Cohere', COMMAND, [cohere({ classifications: 2 })], null],
    [
      'units of Cohere that are none',
      COMMAND,
      [cohere({ search_units: 0, classifications: 0 }), cohereStream({ images: 0 })],
      '2600000',
    ],
    [
      'tools that xAI ran',
      'fc:xai/grok-4.3',
      [openai({ num_server_side_tools_used: 3 }), openaiStream({ num_server_side_tools_used: 3 })],
      null,
    ],
    ['none of them', 'fc:xai/grok-4.3', [openai({ num_server_side_tools_used: 0 })], '1275000'],
    [
      'tools whose cost xAI states',
      'fc:xai/grok-4.3',
      [openai({ num_server_side_tools_used: 3, cost_in_usd_ticks: 50_000_000 })],
      '5000000',
    ],
    ['seconds that Mistral heard', 'fc:mistral/voxtral-small-latest', [openai({ prompt_audio_seconds: 30 })], null],
    ['searches told early in a stream', 'fc:xai/grok-4.3', [openaiStream({ num_sources_used: 2 }, {})], null],
    [
      'a tier told with early counts',
      'fc:groq/llama-3.3-70b-versatile',
      [openaiStream({ service_tier: 'flex' }, { completion_tokens: 20 })],
      null,
    ],
  ])('B34 is in the cost, or makes it unknown: %s', async (_, model, answers, costNanoUsd) => {
    for (const one of answers) {
      const { usage, status } = await bookedOf(ringside, model, one);
      expect([status, usage.costNanoUsd, usage.flags]).toEqual([
        200,
        costNanoUsd,
        costNanoUsd === null ? ['unpriced'] : [],
      ]);
    }
  });

  it('B29 words of enumerations are the same words', async () => {
    const gemini = (serviceTier: string) => ({
      candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 10, serviceTier },
    });
    const booked: [string, string | null][] = [];
    for (const tier of ['SERVICE_TIER_STANDARD', 'SERVICE_TIER_UNSPECIFIED', 'SERVICE_TIER_FLEX', 'PRIORITY']) {
      booked.push([tier, (await bookedOf(ringside, 'fc:google/gemini-2.5-flash', gemini(tier))).usage.costNanoUsd]);
    }
    expect(booked.map(([, cost]) => cost)).toEqual(['325000', '325000', null, null]);
  });
});

describe('audio that was read from a cache', () => {
  it('B31 is not billed a second time as audio', async () => {
    const details = {
      cached_tokens: 500,
      audio_tokens: 400,
      cached_tokens_details: { audio_tokens: 300, text_tokens: 200 },
    };
    for (const script of [
      openai({ prompt_tokens_details: details }),
      openaiStream({ prompt_tokens_details: details }),
    ]) {
      const { usage } = await bookedOf(ringside, 'fc:openai/gpt-audio', script);
      expect(usage.tokens).toMatchObject({ input: 1000, cachedInput: 500, audioInput: 100, cachedAudio: 300 });
    }
  });
});
