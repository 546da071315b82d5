import { eventsOf } from '../support/booked.js';
import type { Ringside } from '../support/ringside.js';
import { chunk, completion, delta, DONE, answer, type Script } from '../support/scripted-upstream.js';
import { bookedOf, frames, namedSse, sse, startWires } from '../support/wires.js';

const MILLION = { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 };
const UNKNOWN = { costNanoUsd: null, flags: ['unpriced'] };

let ringside: Ringside;
beforeAll(async () => {
  ringside = await startWires();
});
afterAll(() => ringside.stop());

const openaiStream = (tier: string | null, early: string | null = tier): Script =>
  sse(
    chunk([delta({ content: 'Hi' }, 'stop')]).replace(
      '"service_tier":"default"',
      `"service_tier":${JSON.stringify(early)}`,
    ),
    chunk([], { usage: MILLION }).replace('"service_tier":"default"', `"service_tier":${JSON.stringify(tier)}`),
    DONE,
  );

describe('the tier that the answer names', () => {
  it.each([
    ['flex', UNKNOWN],
    ['priority', UNKNOWN],
    ['scale', UNKNOWN],
    ['default', { costNanoUsd: '250000000', flags: [] }],
    ['standard', { costNanoUsd: '250000000', flags: [] }],
    [null, { costNanoUsd: '250000000', flags: [] }],
  ])('B29 decides whether the price is known, whatever was asked for: %s', async (tier, booked) => {
    for (const service_tier of [undefined, 'auto', 'default', 'flex', 'priority']) {
      const whole = { ...completion({ usage: MILLION }), service_tier: tier };
      expect((await bookedOf(ringside, 'fc:openai/gpt-5-mini', whole, { service_tier })).usage).toMatchObject(booked);
      expect((await bookedOf(ringside, 'fc:openai/gpt-5-mini', openaiStream(tier), { service_tier })).usage).toMatchObject(booked);
    }
  });

  const GPT = 'fc:openai/gpt-5-mini';
  const CLAUDE = 'fc:anthropic/claude-sonnet-4-5';
  const NOVA = 'fc:bedrock/amazon.nova-lite-v1:0';
  const GEMINI = 'fc:google/gemini-2.5-flash';
  const claude = (more: object) => ({ model: 'claude-sonnet-4-5', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn', usage: { input_tokens: 1000, output_tokens: 10, ...more } });
  const claudeStream = (more: object) =>
    namedSse(
      { type: 'message_start', message: { id: 'm', model: 'claude-sonnet-4-5', usage: { input_tokens: 1000, output_tokens: 1, ...more } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 10 } },
      { type: 'message_stop' },
    );
  const aws = { inputTokens: 1000, outputTokens: 10 };
  const nova = (more: object) => ({ output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } }, stopReason: 'end_turn', usage: aws, ...more });
  const novaStream = (more: object) =>
    frames(['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }], ['messageStop', { stopReason: 'end_turn' }], ['metadata', { usage: aws, ...more }]);
  const gemini = (more: object) => ({
    candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 10, ...more },
  });
  const grounded = { ...gemini({}), candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['a'] } }] };
  const groq = { ...completion({ usage: MILLION }), service_tier: 'flex' };

  it.each<[string, string, Record<string, unknown> | Script]>([
    ['OpenAI, in the last chunk alone', GPT, openaiStream('priority', 'auto')],
    ['OpenAI, in the first chunk alone', GPT, openaiStream(null, 'priority')],
    ['OpenAI, without counts', GPT, sse(chunk([delta({ content: 'Hi' }, 'stop')]).replace('"service_tier":"default"', '"service_tier":"flex"'), DONE)],
    ['OpenAI, a whole answer without counts', GPT, { ...completion({}), service_tier: 'flex' }],
    ['Azure', 'fc:azure/gpt-5-mini', { ...completion({ model: 'gpt-5-mini', usage: MILLION }), model: 'gpt-5-mini', service_tier: 'priority' }],
    ['groq', 'fc:groq/llama-3.3-70b-versatile', groq],
    ['Cerebras, which says which one served', 'fc:cerebras/gpt-oss-120b', { ...completion({ usage: MILLION }), service_tier: 'auto', service_tier_used: 'priority' }],
    ['Anthropic, the tier', CLAUDE, claude({ service_tier: 'priority' })],
    ['Anthropic, a batch', CLAUDE, claude({ service_tier: 'batch' })],
    ['Anthropic, the speed', CLAUDE, claude({ speed: 'fast' })],
    ['Anthropic, the place', CLAUDE, claude({ inference_geo: 'us' })],
    ['Anthropic, streamed', CLAUDE, claudeStream({ service_tier: 'priority' })],
    ['Bedrock, the tier', NOVA, nova({ serviceTier: { type: 'flex' } })],
    ['Bedrock, the speed', NOVA, nova({ performanceConfig: { latency: 'optimized' } })],
    ['Bedrock, streamed', NOVA, novaStream({ serviceTier: { type: 'priority' } })],
    ['Gemini, the tier', GEMINI, gemini({ serviceTier: 'priority' })],
    ['Gemini, the traffic', GEMINI, gemini({ trafficType: 'ON_DEMAND_FLEX' })],
    ['Gemini, in a header', GEMINI, answer(200, `data: ${JSON.stringify(gemini({}))}\n\n`, { 'content-type': 'text/event-stream', 'x-gemini-service-tier': 'flex' })],
    ['Gemini, streamed', GEMINI, sse(gemini({ serviceTier: 'flex' }))],
  ])('B29 is heard on every wire: %s', async (_, model, script) => {
    const { costNanoUsd, flags } = (await bookedOf(ringside, model, script)).usage;
    expect([costNanoUsd, flags.includes('unpriced')]).toEqual([null, true]);
  });

  it.each<[string, string, Record<string, unknown> | Script]>([
    ['Anthropic', CLAUDE, claude({ service_tier: 'standard', speed: 'standard', inference_geo: 'global' })],
    ['Anthropic, before there were places', CLAUDE, claudeStream({ service_tier: 'standard', inference_geo: 'not_available' })],
    ['Bedrock', NOVA, nova({ serviceTier: { type: 'default' }, performanceConfig: { latency: 'standard' } })],
    ['Gemini', GEMINI, gemini({ serviceTier: 'standard', trafficType: 'ON_DEMAND' })],
    ['groq', 'fc:groq/llama-3.3-70b-versatile', { ...groq, service_tier: 'on_demand' }],
    ['what is no word', GPT, { ...completion({ usage: MILLION }), service_tier: { type: 'flex' } }],
  ])('B29 leaves the usual price where it is the usual one: %s', async (_, model, script) => {
    expect((await bookedOf(ringside, model, script)).usage).toMatchObject({ costNanoUsd: expect.stringMatching(/^\d+$/), flags: [] });
  });

  it('B29 is heard for vectors, too', async () => {
    const vectors = (headers: Record<string, string>) => answer(200, JSON.stringify({ embedding: [1], inputTextTokenCount: 5 }), { 'content-type': 'application/json', ...headers });
    for (const [headers, costNanoUsd] of [[{}, '100'], [{ 'x-amzn-bedrock-service-tier': 'flex' }, null]] as const) {
      ringside.upstream.reply(vectors(headers));
      expect((await ringside.fetch('/v1/embeddings', { body: { model: 'fc:bedrock/amazon.titan-embed-text-v2:0', input: 'Hi' } })).status).toBe(200);
      expect((await eventsOf(ringside, 'UsageRecorded')).at(-1)!.data.costNanoUsd).toBe(costNanoUsd);
    }
  });

  it('B29 of a failed answer counts, too', async () => {
    const failed = { error: { message: 'x' }, usage: MILLION, service_tier: 'flex' };
    expect((await bookedOf(ringside, GPT, failed)).usage).toMatchObject(UNKNOWN);
  });

  it('B29 a cost that the provider states is the cost at every tier', async () => {
    const routed = { ...completion({ usage: { ...MILLION, cost: 0.45 } }), service_tier: 'priority' };
    expect((await bookedOf(ringside, 'fc:openrouter/openai/gpt-5-mini', routed)).usage).toMatchObject({ costNanoUsd: '450000000', flags: [] });
  });

  describe('of a call whose cost is bounded', () => {
    const sentBy = async (model: string, body: Record<string, unknown>) => {
      const reply = model.includes('anthropic') ? claude({}) : completion({ usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
      const before = ringside.upstream.requests.length;
      const { text, status } = await bookedOf(ringside, model, reply, { max_tokens: 10, ...body });
      return { status, text, sent: ringside.upstream.requests.slice(before)[0]?.body };
    };
    beforeAll(async () => {
      await ringside.fetch('/v1/customers', { body: { external_id: 'capped', monthly_budget_usd: 5 } });
      await ringside.fetch('/v1/customers', { body: { external_id: 'paying' } });
      await ringside.fetch('/v1/customers/paying/wallet/topup', { body: { amount_usd: 5 } });
    });

    it.each(['capped', 'paying'])('B29 is pinned, and a dearer one is refused: %s', async (user) => {
      for (const service_tier of [undefined, null, 'auto', 'default']) {
        expect((await sentBy('fc:openai/gpt-5-mini', { user, service_tier })).sent).toMatchObject({ service_tier: 'default' });
        expect((await sentBy('fc:azure/gpt-5-mini', { user, service_tier })).sent).toMatchObject({ service_tier: 'default' });
        expect((await sentBy('fc:groq/llama-3.3-70b-versatile', { user, service_tier })).sent).toMatchObject({ service_tier: 'on_demand' });
        expect((await sentBy(CLAUDE, { user, service_tier })).sent).toMatchObject({ service_tier: 'standard_only' });
      }
      for (const service_tier of ['priority', 'flex', 'scale', 7]) {
        const { status, text, sent } = await sentBy('fc:openai/gpt-5-mini', { user, service_tier });
        expect([status, JSON.parse(text).error.code, sent]).toEqual([400, 'model_unpriced', undefined]);
      }
    });

    it('B29 is left out where no project is set to another one, and never automatic', async () => {
      for (const service_tier of [undefined, 'auto']) {
        expect((await sentBy('fc:cerebras/gpt-oss-120b', { user: 'capped', service_tier })).sent).not.toHaveProperty('service_tier');
      }
    });

    it('B29 is the caller’s where nothing bounds it', async () => {
      for (const service_tier of ['auto', 'flex', 'priority']) {
        expect((await sentBy('fc:openai/gpt-5-mini', { service_tier })).sent).toMatchObject({ service_tier });
      }
      expect((await sentBy('fc:openai/gpt-5-mini', {})).sent).not.toHaveProperty('service_tier');
      expect((await sentBy(CLAUDE, {})).sent).not.toHaveProperty('service_tier');
    });
  });

  const searching = (uses: number) => ({ server_tool_use: { web_search_requests: uses, web_fetch_requests: 3 } });
  const stated = { ...MILLION, cost: { total_cost: 0.02 } };
  const perplexed = (usage: object) => completion({ usage });
  describe('fees beside tokens', () => {
    it.each<[string, string, Record<string, unknown> | Script, Record<string, unknown>, string | null]>([
      ['a search model', 'fc:openai/gpt-4o-search-preview', completion({ usage: MILLION }), {}, null],
      ['its smaller sister', 'fc:openai/gpt-4o-mini-search-preview', openaiStream('default'), {}, null],
      ['a dated one', 'fc:openai/gpt-4o-search-preview-2025-03-11', completion({ usage: MILLION }), {}, null],
      ['the search API', 'fc:openai/gpt-5-search-api', completion({ usage: MILLION }), {}, null],
      ['a search that was asked for', 'fc:openai/gpt-4o', completion({ usage: MILLION }), { web_search_options: {} }, null],
      ['a tool of the provider', 'fc:groq/openai/gpt-oss-120b', completion({ usage: MILLION }), { tools: [{ type: 'browser_search' }] }, null],
      ['a system of models and tools', 'fc:groq/groq/compound', completion({ usage: MILLION }), {}, null],
      ['searches of Anthropic, which the list has a price for', CLAUDE, claude(searching(2)), {}, '23150000'],
      ['pages of Anthropic, which are free', CLAUDE, claude(searching(0)), {}, '3150000'],
      ['searches of Bedrock', NOVA, nova({ usage: { ...aws, serverToolUsage: { webSearchRequests: 1 } } }), {}, null],
      ['a grounded answer of Gemini', GEMINI, grounded, {}, null],
      ['a grounded stream of Gemini', GEMINI, sse(grounded), {}, null],
      ['a request of Perplexity', 'fc:perplexity/sonar', perplexed(MILLION), {}, '1012000000'],
      ['what Perplexity states', 'fc:perplexity/sonar', perplexed(stated), {}, '20000000'],
      ['research of Perplexity', 'fc:perplexity/sonar-deep-research', perplexed({ ...MILLION, num_search_queries: 3, citation_tokens: 9 }), {}, null],
      ['sources of xAI', 'fc:xai/grok-4.3', completion({ usage: { ...MILLION, num_sources_used: 4 } }), {}, null],
      ['a router that states no cost', 'fc:openrouter/openai/gpt-4o-search-preview', completion({ usage: MILLION }), {}, null],
      ['nothing beside tokens', 'fc:openai/gpt-4o', completion({ usage: MILLION }), { tools: [{ type: 'function', function: { name: 'f' } }] }, '2500000000'],
    ])('B34 are in the cost, or it is unknown: %s', async (_, model, script, body, costNanoUsd) => {
      const { usage, text } = await bookedOf(ringside, model, script, body);
      expect([text, usage.costNanoUsd, usage.flags]).toEqual([expect.stringContaining('Hi'), costNanoUsd, costNanoUsd === null ? ['unpriced'] : []]);
    });

    it('B34 are in what the operator has set', async () => {
      const priced = await startWires({ RINGSIDE_ADMIN_TOKEN: 'operator-token-0123456789' });
      const prices = [{ provider: 'openai', model: 'gpt-4o-search-preview', input_usd_per_mtok: 2.5, output_usd_per_mtok: 10, request_usd: 0.03 }];
      await priced.fetch('/admin/ringside/prices', { method: 'PUT', body: { prices }, headers: { authorization: 'Bearer operator-token-0123456789' } });
      const { usage } = await bookedOf(priced, 'fc:openai/gpt-4o-search-preview', completion({ usage: MILLION }));
      await priced.stop();
      expect(usage).toMatchObject({ costNanoUsd: '2530000000', flags: [] });
    });
  });

  describe('kinds of tokens', () => {
    const counted = (counts: object) => ({ candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }], usageMetadata: counts });
    const of = (modality: string, tokenCount: number) => ({ modality, tokenCount });
    it.each<[string, string, object, string | null]>([
      ['a drawn image', 'gemini-2.5-flash-image', { promptTokenCount: 1000, candidatesTokenCount: 1290, candidatesTokensDetails: [of('IMAGE', 1290)] }, '39000000'],
      ['an image and words about it', 'gemini-2.5-flash-image', { promptTokenCount: 1000, candidatesTokenCount: 1390, candidatesTokensDetails: [of('IMAGE', 1290), of('TEXT', 100)] }, '39250000'],
      ['an image of a dearer model, and thoughts', 'gemini-3-pro-image-preview', { promptTokenCount: 1000, candidatesTokenCount: 1120, thoughtsTokenCount: 100, candidatesTokensDetails: [of('IMAGE', 1120)] }, String(2_000_000 + 1_200_000 + 134_400_000)],
      ['an image of a model that has no price for it', 'gemini-2.5-flash', { promptTokenCount: 1000, candidatesTokenCount: 100, candidatesTokensDetails: [of('IMAGE', 100)] }, String(300_000 + 250_000)],
      ['audio', 'gemini-2.5-flash', { promptTokenCount: 1000, candidatesTokenCount: 0, promptTokensDetails: [of('AUDIO', 600), of('TEXT', 400)] }, String(600_000 + 120_000)],
      ['cached audio', 'gemini-2.5-flash', { promptTokenCount: 1000, candidatesTokenCount: 0, cachedContentTokenCount: 500, promptTokensDetails: [of('AUDIO', 600), of('TEXT', 400)], cacheTokensDetails: [of('AUDIO', 500)] }, String(50_000 + 100_000 + 120_000)],
      ['images in the prompt', 'gemini-3.1-flash-live-preview', { promptTokenCount: 1000, candidatesTokenCount: 0, promptTokensDetails: [of('IMAGE', 600), of('TEXT', 400)] }, String(600_000 + 300_000)],
      ['images in the prompt of a model that has one price', 'gemini-2.5-flash', { promptTokenCount: 1000, candidatesTokenCount: 0, promptTokensDetails: [of('IMAGE', 600), of('VIDEO', 300)] }, '300000'],
      ['spoken answers', 'gemini-live-2.5-flash', { promptTokenCount: 1000, candidatesTokenCount: 100, candidatesTokensDetails: [of('AUDIO', 100)] }, String(500_000 + 1_200_000)],
    ])('B31 have their own prices: %s', async (_, model, counts, costNanoUsd) => {
      for (const script of [counted(counts), sse(counted(counts))]) {
        expect((await bookedOf(ringside, `fc:google/${model}`, script)).usage).toMatchObject({ costNanoUsd, flags: [] });
      }
    });

    it('B31 have prices that bound a call', async () => {
      await ringside.fetch('/v1/customers', { body: { external_id: 'drawing', monthly_budget_usd: 0.02 } });
      const { status, text } = await bookedOf(ringside, 'fc:google/gemini-2.5-flash-image', counted({}), { user: 'drawing', max_tokens: 1290 });
      expect([status, JSON.parse(text).error.code]).toEqual([402, 'customer_budget_exceeded']);
    });
  });
}); // prettier-ignore
