import OpenAI from 'openai';
import type { RunnableToolFunctionWithParse } from 'openai/lib/RunnableFunction';
import type { Provider } from '../../src/upstream/provider.js';
import { usageIn } from '../support/closing-assertions.js';
import { EveryProvider, NETWORK_PROVIDERS, SAID } from '../support/every-provider.js';

let every: EveryProvider;
let openai: OpenAI;
beforeAll(async () => {
  every = await EveryProvider.start();
  openai = every.ringside.openai();
});
// The SDK's client may hold connections that never carried a call; those are ended after five seconds.
afterAll(() => every.stop(), 15_000);

const rows = NETWORK_PROVIDERS.map((provider) => [provider.id, provider] as const);
/** Those that can call tools; the others refuse them. */
const WITHOUT_TOOLS: ReadonlySet<string> = new Set(['perplexity', 'replicate']);
const withTools = rows.filter(([id]) => !WITHOUT_TOOLS.has(id));
const messages = [
  { role: 'system' as const, content: '«be brief»' },
  { role: 'user' as const, content: '«hello»' },
];
const response_format = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'place',
    strict: true,
    schema: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
};

const USAGE = {
  prompt_tokens: SAID.promptTokens,
  completion_tokens: SAID.completionTokens,
  total_tokens: SAID.promptTokens + SAID.completionTokens,
};

async function expectBooked(provider: Provider, ref: string, calls: number): Promise<void> {
  const usage = (await usageIn(every.ringside)).slice(-calls);
  const told = usage.map(({ data }) => [
    data.provider,
    data.refUsed,
    data.outcome,
    data.tokens.input,
    data.tokens.output,
  ]);
  expect(told).toEqual(Array(calls).fill([provider.id, ref, 'completed', SAID.promptTokens, SAID.completionTokens]));
}

describe('the official Node SDK', () => {
  it.each(rows)('has a whole answer, a stream and its usage from %s', async (_, provider) => {
    const model = every.at(provider);
    const whole = await openai.chat.completions.create({ model, messages, user: 'cus_42' });
    expect(whole.choices).toMatchObject([
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        message: { role: 'assistant', content: SAID.hello, refusal: null },
      },
    ]);
    expect(whole.usage).toMatchObject(USAGE);

    let deltas = '';
    const stream = openai.chat.completions.stream({
      model,
      messages,
      user: 'cus_42',
      stream_options: { include_usage: true },
    });
    stream.on('content', (delta) => (deltas += delta));
    const streamed = await stream.finalChatCompletion();
    expect(deltas).toBe(SAID.hello);
    expect(streamed.choices).toMatchObject([{ finish_reason: 'stop', message: { content: SAID.hello } }]);
    expect(streamed.usage).toMatchObject(USAGE);
    await expectBooked(provider, model, 2);
  });

  it.each(withTools)('runs tools with %s, as a whole and streamed', async (_, provider) => {
    const model = every.at(provider);
    for (const isStream of [false, true]) {
      const asked: unknown[] = [];
      const weather: RunnableToolFunctionWithParse<{ city: string }> = {
        type: 'function',
        function: {
          name: 'weather',
          description: 'The weather in a city',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          parse: (text: string) => JSON.parse(text) as { city: string },
          function: (args: { city: string }) => {
            asked.push(args);
            return '«12 degrees»';
          },
        },
      };
      const runner = isStream
        ? openai.chat.completions.runTools({ model, messages, tools: [weather], stream: true })
        : openai.chat.completions.runTools({ model, messages, tools: [weather] });
      expect(await runner.finalContent()).toBe('It gave: «12 degrees»');
      expect(asked).toEqual([{ city: 'Oslo' }]);
    }
    await expectBooked(provider, model, 4);
  });

  it.each(rows)('parses JSON of a schema from %s', async (_, provider) => {
    const model = every.at(provider);
    const answer = await openai.chat.completions.parse({
      model,
      messages: [{ role: 'user', content: '«json»' }],
      response_format,
    });
    expect(answer.choices[0]!.message.parsed).toEqual(SAID.city);
    await expectBooked(provider, model, 1);
  });

  it.each(rows.filter(([id]) => WITHOUT_TOOLS.has(id)))('is told that %s has no tools', async (_, provider) => {
    const tools = [{ type: 'function' as const, function: { name: 'weather' } }];
    const call = openai.chat.completions.create({ model: every.at(provider), messages, tools });
    await expect(call).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'tools' });
  });
});
