import fc from 'fast-check';
import { tokenUsage } from '../../src/domain/pricing/tokens.js';
import { mergedUsage, parseUsage } from '../../src/upstream/protocols/anthropic/usage.js';
import type { Ringside } from '../support/ringside.js';
import { chunk, delta, DONE, type Script } from '../support/scripted-upstream.js';
import { bookedOf, frames, namedSse, sse, startWires } from '../support/wires.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await startWires();
});
afterAll(() => ringside.stop());

const anthropic = (start: object, ...later: readonly object[]): Script =>
  namedSse(
    { type: 'message_start', message: { id: 'msg_1', model: 'claude-sonnet-4-5', usage: start } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } },
    ...later.map((usage) => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage })),
    { type: 'message_stop' },
  );

const openai = (...usages: readonly object[]): Script =>
  sse(
    chunk([delta({ role: 'assistant', content: 'Hi' })]),
    ...usages.map((usage) => chunk([delta({}, 'stop')], { usage })),
    DONE,
  );

const bedrock = (...usages: readonly object[]): Script =>
  frames(
    ['messageStart', { role: 'assistant' }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }],
    ...usages.slice(0, -1).map((usage) => ['metadata', { usage }] as const),
    ['messageStop', { stopReason: 'end_turn' }],
    ['metadata', { usage: usages.at(-1) }],
  );

const gemini = (...usages: readonly object[]): Script =>
  sse(
    ...usages.map((usageMetadata, no) => ({
      candidates: [{ content: { parts: [{ text: 'a' }] }, ...(no === usages.length - 1 && { finishReason: 'STOP' }) }],
      usageMetadata,
    })),
  );

describe('counts of a stream', () => {
  it('B28 of Anthropic’s wire are cumulative: zeros at the end take nothing back', async () => {
    const script = anthropic(
      { input_tokens: 1000, cache_read_input_tokens: 5000, output_tokens: 1 },
      { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 50 },
    );
    const { usage } = await bookedOf(ringside, 'fc:anthropic/claude-sonnet-4-5', script);
    expect(usage).toMatchObject({
      tokens: { input: 6000, cachedInput: 5000, output: 50 },
      costNanoUsd: '5250000',
      flags: [],
    });
  });

  const claude = 'fc:anthropic/claude-sonnet-4-5';
  const nova = 'fc:bedrock/amazon.nova-lite-v1:0';
  it.each<[string, string, Script, object]>([
    ['a count that is left out', claude, anthropic({ input_tokens: 9, cache_creation_input_tokens: 3, output_tokens: 1 }, { output_tokens: 5 }), { input: 12, cacheWrite: 3, output: 5 }],
    ['one count of two falls', claude, anthropic({ input_tokens: 9, cache_read_input_tokens: 90, output_tokens: 1 }, { input_tokens: 10, cache_read_input_tokens: 0, output_tokens: 5 }), { input: 100, cachedInput: 90, output: 5 }],
    ['counts that grow', claude, anthropic({ input_tokens: 9, output_tokens: 1 }, { input_tokens: 90, cache_read_input_tokens: 5, output_tokens: 5 }), { input: 95, cachedInput: 5, output: 5 }],
    ['a prompt that is split later', claude, anthropic({ input_tokens: 95, output_tokens: 1 }, { input_tokens: 5, cache_read_input_tokens: 90, output_tokens: 5 }), { input: 95, cachedInput: 90, output: 5 }],
    ['an answer that shrinks', claude, anthropic({ input_tokens: 9, output_tokens: 1 }, { output_tokens: 50 }, { output_tokens: 0 }), { input: 9, output: 50 }],
    ['writes for an hour', claude, anthropic({ input_tokens: 9, cache_creation_input_tokens: 7, cache_creation: { ephemeral_1h_input_tokens: 7 }, output_tokens: 1 }, { input_tokens: 0, cache_creation_input_tokens: 0, cache_creation: { ephemeral_1h_input_tokens: 0 }, output_tokens: 5 }), { input: 16, cacheWrite: 7, cacheWrite1h: 7, output: 5 }],
    ['OpenAI’s wire, the prompt said early', 'fc:groq/llama-3.3-70b-versatile', openai({ prompt_tokens: 1000, completion_tokens: 1, total_tokens: 1001, prompt_tokens_details: { cached_tokens: 600 } }, { prompt_tokens: 0, completion_tokens: 50, total_tokens: 50 }), { input: 1000, cachedInput: 600, output: 50 }],
    ['OpenAI’s wire, all zeros at the end', 'fc:mistral/mistral-small-latest', openai({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }), { input: 10, output: 5 }],
    ['passed on as they are', 'fc:openai/gpt-4o-mini', openai({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { prompt_tokens: 0, completion_tokens: 7, total_tokens: 7 }), { input: 10, output: 7 }],
    ['Bedrock', nova, bedrock({ inputTokens: 100, outputTokens: 1, cacheReadInputTokens: 50 }, { inputTokens: 0, outputTokens: 8 }), { input: 150, cachedInput: 50, output: 8 }],
    ['OpenAI’s wire, what was cached left out at the end', 'fc:groq/llama-3.3-70b-versatile', openai({ prompt_tokens: 1000, completion_tokens: 9, total_tokens: 1009, prompt_tokens_details: { cached_tokens: 600 }, completion_tokens_details: { reasoning_tokens: 4 } }, { prompt_tokens: 1000, completion_tokens: 9, total_tokens: 1009 }), { input: 1000, cachedInput: 600, output: 9, reasoning: 4 }],
    ['OpenAI’s wire, with images in the prompt', 'fc:mistral/mistral-small-latest', openai({ prompt_tokens: 100, completion_tokens: 1, total_tokens: 101, prompt_tokens_details: { image_tokens: 80 } }, { prompt_tokens: 0, completion_tokens: 7, total_tokens: 7 }), { input: 100, imageInput: 80, output: 7 }],
    ['OpenAI’s wire, with counts that are none at the end', 'fc:groq/llama-3.3-70b-versatile', openai({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { prompt_tokens: -1, completion_tokens: -1, total_tokens: -2 }), { input: 10, output: 5 }],
    ['Gemini, the prompt alone at the end', 'fc:google/gemini-2.5-flash', gemini({ promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 3 }, { promptTokenCount: 10, totalTokenCount: 10 }), { input: 10, output: 8, reasoning: 3 }],
    ['Gemini, the answer alone at the end', 'fc:google/gemini-2.5-flash', gemini({ promptTokenCount: 10, candidatesTokenCount: 1 }, { promptTokenCount: 0, candidatesTokenCount: 5 }), { input: 10, output: 5 }],
    ['Gemini, zeros at the end', 'fc:google/gemini-2.5-flash', gemini({ promptTokenCount: 10, candidatesTokenCount: 5 }, {}), { input: 10, output: 5 }],
  ])('B28 never fall: %s', async (_, model, script, tokens) => {
    const { usage } = await bookedOf(ringside, model, script);
    expect(usage).toMatchObject({ tokens, flags: [] });
  }); // prettier-ignore

  it('B28 of costs and searches are cumulative, too', async () => {
    const counts = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const zero = openai(
      { ...counts, cost: 0.02 },
      { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 },
    );
    expect((await bookedOf(ringside, 'fc:openrouter/openai/gpt-4o-mini', zero)).usage).toMatchObject({
      costNanoUsd: '20000000',
    });
    const searched = openai({ ...counts, num_search_queries: 3 }, { ...counts, completion_tokens: 6 });
    const { costNanoUsd } = (await bookedOf(ringside, 'fc:perplexity/sonar', searched)).usage;
    const atOnce = openai({ ...counts, completion_tokens: 6, num_search_queries: 3 });
    expect(costNanoUsd).toBe((await bookedOf(ringside, 'fc:perplexity/sonar', atOnce)).usage.costNanoUsd);
  });

  it('B28 are shown to the caller as they are booked', async () => {
    const script = openai(
      { prompt_tokens: 1000, completion_tokens: 1, total_tokens: 1001, prompt_tokens_details: { cached_tokens: 600 } },
      { prompt_tokens: 0, completion_tokens: 50, total_tokens: 50 },
    );
    const { text } = await bookedOf(ringside, 'fc:groq/llama-3.3-70b-versatile', script, {
      stream_options: { include_usage: true },
    });
    expect(text).toContain(
      '"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050,"prompt_tokens_details":{"cached_tokens":600',
    );
  });

  it('B28 of any two events on Anthropic’s wire come to no shorter prompt and answer than either', () => {
    const count = fc.oneof(fc.constant(undefined), fc.constant(null), fc.nat(1000));
    const counts = fc.record({
      input_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
      output_tokens: count,
    });
    const first = fc.record({ input_tokens: fc.nat(1000), cache_read_input_tokens: count, output_tokens: fc.nat(9) });
    fc.assert(
      fc.property(first, fc.array(counts, { maxLength: 3 }), (start, later) => {
        let merged = mergedUsage({}, start);
        for (const one of later) {
          const before = parseUsage(merged)!.tokens;
          merged = mergedUsage(merged, one);
          const after = parseUsage(merged)!.tokens;
          expect([after.input >= before.input, after.output >= before.output]).toEqual([true, true]);
          expect(after.output).toBeGreaterThanOrEqual(one.output_tokens ?? 0);
        }
      }),
    );
  });

  it('H4 of Gemini are those of the last chunk, as a whole', async () => {
    const script = gemini(
      { promptTokenCount: 9, candidatesTokenCount: 21, thoughtsTokenCount: 35, totalTokenCount: 65 },
      { promptTokenCount: 87, thoughtsTokenCount: 78, totalTokenCount: 165 },
    );
    const { usage, text } = await bookedOf(ringside, 'fc:google/gemini-2.5-flash', script, {
      stream_options: { include_usage: true },
    });
    expect(usage.tokens).toMatchObject({ input: 87, output: 78, reasoning: 78 });
    expect(text).toContain('"prompt_tokens":87,"completion_tokens":78,"total_tokens":165');
  });

  it.each<[string, object[], object]>([
    ['cached tokens', [{ promptTokenCount: 9, candidatesTokenCount: 2, cachedContentTokenCount: 8 }, { promptTokenCount: 9, candidatesTokenCount: 3 }], { input: 9, cachedInput: 0, output: 3 }],
    ['thoughts', [{ promptTokenCount: 9, candidatesTokenCount: 2, thoughtsTokenCount: 8 }, { promptTokenCount: 9, candidatesTokenCount: 3 }], { output: 3, reasoning: 0 }],
    ['tokens of tools', [{ promptTokenCount: 9, candidatesTokenCount: 2, toolUsePromptTokenCount: 8 }, { promptTokenCount: 9, candidatesTokenCount: 3 }], { input: 9 }],
    ['the prompt, which is kept', [{ promptTokenCount: 9, candidatesTokenCount: 2 }, { candidatesTokenCount: 3 }], { input: 9, output: 3 }],
  ])('H4 of Gemini keep nothing that the last chunk leaves out: %s', async (_, usages, tokens) => {
    expect((await bookedOf(ringside, 'fc:google/gemini-2.5-flash', gemini(...usages))).usage.tokens).toMatchObject(tokens);
  }); // prettier-ignore
});

describe('H5 cache counts that overlap', () => {
  it('H5 are shown as OpenRouter gives them, and are booked apart', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 5,
      total_tokens: 105,
      prompt_tokens_details: { cached_tokens: 90, cache_write_tokens: 90 },
    };
    const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
    const { usage: booked, text } = await bookedOf(ringside, 'fc:openrouter/google/gemini-2.5-flash', {
      id: 'gen-1',
      choices,
      usage,
    });
    expect(JSON.parse(text).usage.prompt_tokens_details).toMatchObject({ cached_tokens: 90, cache_write_tokens: 90 });
    expect(booked.tokens).toMatchObject({ input: 100, cachedInput: 90, cacheWrite: 0 });
  });

  it('H5 never count a token of the prompt twice', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), fc.nat(200), (input, cachedInput, cacheWrite) => {
        const tokens = tokenUsage({ input, cachedInput, cacheWrite });
        expect(tokens.cachedInput + tokens.cacheWrite).toBeLessThanOrEqual(input);
        if (cachedInput + cacheWrite <= input) expect(tokens).toMatchObject({ cachedInput, cacheWrite });
      }),
    );
  });
});
