import { eventsOf } from '../support/booked.js';
import type { Ringside } from '../support/ringside.js';
import { chunk, delta, DONE, event, json, type Script } from '../support/scripted-upstream.js';
import { bookedOf, frames, namedSse, sse, startWires } from '../support/wires.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await startWires();
});
afterAll(() => ringside.stop());

const USAGE = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };
const GOOGLE_USAGE = { promptTokenCount: 1000, thoughtsTokenCount: 500, totalTokenCount: 1500 };
const AWS_USAGE = { inputTokens: 1000, outputTokens: 500, totalTokens: 1500 };
const CLAUDE_USAGE = { input_tokens: 1000, output_tokens: 500 };
const BOTH = { tokens: { input: 1000, output: 500 }, flags: [] };
const HALF = { index: 0, message: { role: 'assistant', content: 'half' } };
const GPT = 'fc:openrouter/openai/gpt-4o-mini';
const GEMINI = 'fc:google/gemini-2.5-flash';
const NOVA = 'fc:bedrock/amazon.nova-lite-v1:0';
const CLAUDE = 'fc:anthropic/claude-sonnet-4-5';
const COMMAND = 'fc:cohere/command-r-08-2024';

describe('a JSON answer that turns out a failure', () => {
  it('H1 of OpenRouter costs what it says, for each attempt', async () => {
    const choices = [{ ...HALF, error: { code: 502, message: 'x' }, finish_reason: 'error' }];
    const patient = await startWires({ RINGSIDE_UPSTREAM_RETRIES: '2' });
    const { attempts, status } = await bookedOf(patient, GPT, { choices, usage: { ...USAGE, cost: 0.01 } });
    await patient.stop();
    expect([status, attempts.length]).toEqual([503, 3]);
    for (const attempt of attempts)
      expect(attempt).toMatchObject({
        ...BOTH,
        outcome: 'failed',
        statedCostNanoUsd: '10000000',
        costNanoUsd: '10000000',
      });
    expect(attempts.map(({ final }) => final)).toEqual([false, false, true]);
  });

  it.each<[string, string, Record<string, unknown> | readonly Record<string, unknown>[]]>([
    ['an error beside the choices', GPT, { error: { code: 502, message: 'x' }, choices: [HALF], usage: USAGE }],
    ['an error alone', 'fc:openai/gpt-4o-mini', { error: { message: 'x', type: 'server_error' }, usage: USAGE }],
    ['a reason to end', GPT, { choices: [{ ...HALF, finish_reason: 'error' }], usage: USAGE }],
    ['too little of a system', 'fc:deepseek/deepseek-chat', { choices: [{ ...HALF, message: { content: '' }, finish_reason: 'insufficient_system_resource' }], usage: USAGE }],
    ['a model that broke', 'fc:mistral/mistral-small-latest', { choices: [{ ...HALF, finish_reason: 'error' }], usage: USAGE }],
    ['no completion at all', 'fc:groq/llama-3.3-70b-versatile', { choices: [], usage: USAGE }],
    ['usage in a place of its own', 'fc:groq/llama-3.3-70b-versatile', { error: { message: 'x' }, x_groq: { usage: USAGE } }],
    ['a malformed call of Gemini', GEMINI, { candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL' }], usageMetadata: GOOGLE_USAGE }],
    ['a blocked prompt of Gemini', GEMINI, { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: GOOGLE_USAGE }],
    ['an error of Gemini', GEMINI, { error: { code: 500, message: 'x' }, usageMetadata: GOOGLE_USAGE }],
    ['a malformed call of Bedrock', NOVA, { output: { message: { role: 'assistant', content: [] } }, stopReason: 'malformed_tool_use', usage: AWS_USAGE }],
    ['no message of Bedrock', NOVA, { output: {}, stopReason: 'end_turn', usage: AWS_USAGE }],
    ['an error of Anthropic', CLAUDE, { type: 'error', error: { type: 'overloaded_error', message: 'x' }, usage: CLAUDE_USAGE }],
    ['no content of Anthropic', CLAUDE, { type: 'message', usage: CLAUDE_USAGE }],
    ['a list that holds an error of Gemini', GEMINI, [{ error: { code: 500, message: 'x' }, usageMetadata: GOOGLE_USAGE }]],
    ['a message alone', COMMAND, { message: 'internal server error', usage: { tokens: CLAUDE_USAGE, billed_units: CLAUDE_USAGE } }],
    ['an error of Cohere', COMMAND, { id: '1', finish_reason: 'ERROR', message: {}, usage: { tokens: CLAUDE_USAGE, billed_units: CLAUDE_USAGE } }],
  ])('H1 costs what it says: %s', async (_, model, body) => {
    const { attempts, status } = await bookedOf(ringside, model, body as Record<string, unknown>);
    expect(status).toBeGreaterThanOrEqual(400);
    for (const attempt of attempts) expect(attempt).toMatchObject({ ...BOTH, outcome: 'failed' });
    expect(attempts[0]!.costNanoUsd).not.toBe('0');
  }); // prettier-ignore

  it('H1 that was to be a stream costs what it says', async () => {
    const asked: Script = (_, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { message: 'x' }, usage: USAGE }));
    expect((await bookedOf(ringside, GPT, asked)).usage).toMatchObject(BOTH);
  });

  it('H1 that says nothing of its use still costs nothing', async () => {
    const { usage } = await bookedOf(ringside, GPT, { error: { message: 'x' } });
    expect(usage).toMatchObject({ tokens: { input: 0, output: 0 }, costNanoUsd: '0', flags: [] });
  });
});

it.each([
  ['/v1/embeddings', { model: 'fc:openai/text-embedding-3-small', input: 'Hi' }],
  ['/v1/moderations', { model: 'fc:openai/omni-moderation-latest', input: 'Hi' }],
])('H1 an error in the place of vectors or a verdict costs what it says: %s', async (path, body) => {
  ringside.upstream.reply(json({ error: { message: 'x' }, usage: { prompt_tokens: 1000, total_tokens: 1000 } }));
  expect((await ringside.fetch(path, { body })).status).toBe(503);
  expect((await eventsOf(ringside, 'UsageRecorded')).at(-1)!.data).toMatchObject({
    tokens: { input: 1000, output: 0 },
    outcome: 'failed',
  });
});

const said = (text: string) => chunk([delta({ role: 'assistant', content: text })]);
const failing = {
  error: { code: 502, message: 'Provider disconnected' },
  choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
};
const thought = { candidates: [{ content: { parts: [{ text: 'Hm', thought: true }] } }] };
const malformed = {
  candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL' }],
  usageMetadata: GOOGLE_USAGE,
};
const begun = ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }] as const;
const stopped = ['messageStop', { stopReason: 'malformed_tool_use' }] as const;
const started = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-sonnet-4-5', usage: { input_tokens: 1, output_tokens: 1 } },
};
const saidByClaude = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } };
const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'x' }, usage: CLAUDE_USAGE };
const cohereEnd = {
  type: 'message-end',
  delta: { finish_reason: 'ERROR', usage: { tokens: CLAUDE_USAGE, billed_units: CLAUDE_USAGE } },
};
const saidByCohere = { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi' } } } };

describe('a stream that fails', () => {
  it('H1 costs what a later event says, as OpenRouter puts it', async () => {
    const late = {
      choices: [{ delta: { content: '' } }],
      usage: { prompt_tokens: 41, completion_tokens: 243, cost: 0.01 },
    };
    const { usage, text } = await bookedOf(ringside, GPT, sse(said('half'), failing, late, DONE));
    expect(usage).toMatchObject({
      tokens: { input: 41, output: 243 },
      costNanoUsd: '10000000',
      flags: [],
      outcome: 'failed',
    });
    expect(text).toContain('"error"');
    expect(text).not.toContain('[DONE]');
  });

  it.each<[string, string, Script]>([
    ['Gemini, in the failing chunk', GEMINI, sse(thought, malformed)],
    ['Gemini, behind an error', GEMINI, sse(thought, { error: { code: 500, message: 'x' } }, { usageMetadata: GOOGLE_USAGE, candidates: [{ finishReason: 'STOP' }] })],
    ['Bedrock, behind the reason', NOVA, frames(begun, stopped, ['metadata', { usage: AWS_USAGE }])],
    ['OpenAI’s wire, in the failing choice', GPT, sse(said('half'), { choices: [{ index: 0, delta: {}, finish_reason: 'error' }], usage: USAGE })],
    ['OpenAI’s wire, in the error', 'fc:openai/gpt-4o-mini', sse(said('half'), { error: { message: 'x' }, usage: USAGE })],
    ['OpenAI’s wire, behind the error', 'fc:openai/gpt-4o-mini', sse(said('half'), { error: { message: 'x' } }, chunk([], { usage: USAGE }), DONE)],
    ['OpenAI’s wire, in an error that is no event', GPT, sse(said('half'), JSON.stringify({ error: { message: 'x' }, usage: USAGE }), '\n\n')],
    ['groq, behind its error', 'fc:groq/llama-3.3-70b-versatile', sse(said('half'), { x_groq: { error: 'over capacity' }, choices: [] }, { choices: [], usage: USAGE })],
    ['Anthropic, in the error', CLAUDE, namedSse(started, saidByClaude, overloaded)],
    ['Cohere, in the end', COMMAND, namedSse({ type: 'message-start', id: '1' }, saidByCohere, cohereEnd)],
  ])('H1 costs what it says in or behind its failure: %s', async (_, model, script) => {
    const { usage, text, status } = await bookedOf(ringside, model, script);
    expect([status, text]).toEqual([200, expect.stringContaining('"error"')]);
    expect(usage).toMatchObject({ ...BOTH, outcome: 'failed' });
  }); // prettier-ignore

  it.each<[string, string, Script]>([
    ['Gemini', GEMINI, sse(malformed)],
    ['a blocked prompt of Gemini', GEMINI, sse({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: GOOGLE_USAGE })],
    ['Bedrock', NOVA, frames(['messageStart', { role: 'assistant' }], stopped, ['metadata', { usage: AWS_USAGE }])],
    ['OpenAI’s wire', GPT, sse({ error: { code: 502, message: 'x' }, usage: USAGE })],
    ['OpenAI’s wire, later', 'fc:openai/gpt-4o-mini', sse({ error: { message: 'x' } }, { choices: [], usage: USAGE })],
    ['Anthropic', CLAUDE, namedSse(started, overloaded)],
    ['Cohere', COMMAND, namedSse({ type: 'message-start', id: '1' }, cohereEnd)],
  ])('H1 before anything was said is an ordinary failure, and costs what it says: %s', async (_, model, script) => {
    const { attempts, status } = await bookedOf(ringside, model, script);
    expect(status).toBeGreaterThanOrEqual(400);
    for (const attempt of attempts) expect(attempt).toMatchObject({ ...BOTH, outcome: 'failed' });
  }); // prettier-ignore

  const prompt = { input_tokens: 1000, cache_read_input_tokens: 5000, output_tokens: 1 };
  const long = 'one two three four five six seven eight nine ten '.repeat(20);
  it.each<[string, string, Script, object]>([
    ['Anthropic', CLAUDE, namedSse({ ...started, message: { ...started.message, usage: prompt } }, { ...saidByClaude, content_block: { type: 'text', text: long } }, { ...overloaded, usage: undefined }), { input: 6000, cachedInput: 5000 }],
    ['Anthropic, cut short', CLAUDE, namedSse({ ...started, message: { ...started.message, usage: prompt } }, { ...saidByClaude, content_block: { type: 'text', text: long } }), { input: 6000, cachedInput: 5000 }],
    ['Gemini', GEMINI, sse({ candidates: [{ content: { parts: [{ text: long }] } }], usageMetadata: { promptTokenCount: 1000, cachedContentTokenCount: 600 } }, { error: { code: 500, message: 'x' } }), { input: 1000, cachedInput: 600 }],
  ])('H1 that has counted its prompt alone costs that, and what is counted here of its words: %s', async (_, model, script, tokens) => {
    const { usage } = await bookedOf(ringside, model, script);
    expect(usage).toMatchObject({ tokens, outcome: 'failed', flags: ['estimated'] });
    expect(usage.tokens.output).toBeGreaterThan(100);
  }); // prettier-ignore

  it('H1 and that stays open is not waited for long', async () => {
    const open: Script = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(said('half') + event(failing));
    };
    const { usage, text } = await bookedOf(ringside, GPT, open);
    expect(usage).toMatchObject({ outcome: 'failed', flags: ['estimated'] });
    expect(text).toContain('"error"');
  });
});
