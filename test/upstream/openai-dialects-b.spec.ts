import { AnswerSchemas } from '../../src/upstream/schemas/answer-schemas.js';
import { readJsonAnswer } from '../../src/upstream/answer/json-answer.js';
import { openaiChat } from '../../src/upstream/protocols/openai/index.js';
import { parseAnswer } from '../../src/upstream/protocols/openai/parse-answer.js';
import { parseChunk, parseEvent } from '../../src/upstream/protocols/openai/parse-chunk.js';
import { renderChat } from '../../src/upstream/protocols/openai/render.js';
import { parseUsage } from '../../src/upstream/protocols/openai/usage.js';
import type { Provider } from '../../src/upstream/provider.js';
import { azure, azurePath } from '../../src/upstream/providers/azure.js';
import { cerebras } from '../../src/upstream/providers/cerebras.js';
import { huggingface } from '../../src/upstream/providers/huggingface.js';
import { findProvider } from '../../src/upstream/providers/index.js';
import { ollama } from '../../src/upstream/providers/ollama.js';
import { openrouter } from '../../src/upstream/providers/openrouter.js';
import { sambanova } from '../../src/upstream/providers/sambanova.js';
import { xai } from '../../src/upstream/providers/xai.js';
import { costOfTicks } from '../../src/upstream/protocols/answer/stated-cost.js';
import { endpointUrl } from '../../src/upstream/http/transport.js';
import type { WireBody } from '../../src/upstream/wire.js';
import { answerTerms } from '../support/answer-limits.js';
import { callOf, refusalOf, upstreamRoom } from './calling.js';

type Fields = Record<string, unknown>;

const ALL = [xai, cerebras, sambanova, openrouter, azure, huggingface, ollama];

/** What goes out for a body, less what every body has. */
function sent(
  provider: Provider,
  body: Fields,
  parts: { model?: string; settings?: Record<string, string>; outputLimit?: number } = {},
): Fields {
  const {
    model: _model,
    messages: _messages,
    ...rest
  } = renderChat(callOf({ provider: provider.id, body, ...parts }), provider.quirks);
  return rest;
}

/** An answer's bytes. */
const bodyOf = (text: string) =>
  ({ [Symbol.asyncIterator]: () => [Buffer.from(text)].values(), release: () => undefined }) as unknown as WireBody;

/** The messages that go out, as JSON has them. */
function sentMessages(provider: Provider, body: Fields): Fields[] {
  const { messages } = renderChat(callOf({ provider: provider.id, body }), provider.quirks);
  return JSON.parse(JSON.stringify(messages)) as Fields[];
}

const refusal = (provider: Provider, body: Fields) => refusalOf(Promise.resolve().then(() => sent(provider, body)));

describe('a request in a dialect of OpenAI’s wire', () => {
  it.each([
    ['grok-2-1212', true, false],
    ['grok-2-vision', true, false],
    ['grok-3', true, false],
    ['grok-3-fast', true, false],
    ['grok-3-mini', false, true],
    ['grok-3-mini-fast', false, true],
    ['grok-4', false, false],
    ['grok-4-fast-reasoning', false, false],
    ['grok-code-fast-1', false, false],
    ['grok-17', false, true],
  ])(
    'leaves out what %s refuses: %j that penalties may go out, %j that an effort may',
    (model, isPlain, takesEffort) => {
      const plain = { frequency_penalty: 0.1, presence_penalty: 0.2 };
      const effort = { reasoning_effort: 'low' };
      const goesOut = { temperature: 0.3, ...(isPlain && plain), ...(takesEffort && effort) };
      expect(sent(xai, { ...plain, ...effort, temperature: 0.3 }, { model })).toEqual(goesOut);
      // The loss of this would change the answer.
      if (isPlain) expect(sent(xai, { stop: 'x' }, { model })).toEqual({ stop: 'x' });
      else expect(() => sent(xai, { stop: 'x' }, { model })).toThrow(expect.objectContaining({ param: 'stop' }));
    },
  );

  it.each<[string, string, string | undefined]>([
    ['grok-3-mini', 'minimal', 'low'],
    ['grok-3-mini', 'none', 'low'],
    ['grok-3-mini', 'low', 'low'],
    ['grok-3-mini-fast', 'medium', 'high'],
    ['grok-3-mini', 'max', 'high'],
    ['grok-17', 'none', 'low'],
    ['grok-17', 'minimal', 'low'],
    ['grok-17', 'xhigh', 'xhigh'],
    ['grok-17', 'max', 'xhigh'],
    ['grok-4', 'high', undefined],
    ['grok-3', 'high', undefined],
  ])('spells the effort for %s as it is known there: %s is %s', (model, effort, spelt) => {
    expect(sent(xai, { reasoning_effort: effort }, { model })['reasoning_effort']).toBe(spelt);
  });

  it.each([
    ['none', 'low'],
    ['minimal', 'low'],
    ['medium', 'medium'],
    ['max', 'high'],
  ])('spells the effort for GPT-OSS at SambaNova, which knows three: %s is %s', (effort, spelt) => {
    expect(sent(sambanova, { reasoning_effort: effort }, { model: 'gpt-oss-120b' })['reasoning_effort']).toBe(spelt);
  });

  it.each(
    [xai, cerebras, sambanova, openrouter, huggingface, ollama].map((provider) => [provider.id, provider] as const),
  )('asks %s for JSON in words as well where nobody has said so', (_, provider) => {
    const format = { response_format: { type: 'json_object' } };
    const instruction = { role: 'system', content: expect.stringMatching(/JSON object/) as string };
    expect(sentMessages(provider, format)).toEqual([instruction, { role: 'user', content: 'Say hi' }]);
    expect(sent(provider, format)).toEqual(format);
    const said = [{ role: 'user', content: 'As Json, please.' }];
    expect(sentMessages(provider, { ...format, messages: said })).toEqual(said);
  });

  it('tells a router of a schema in both ways, since models behind it may not have any', () => {
    const format = {
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'array' }, strict: true } },
    };
    expect(sent(openrouter, format)).toEqual(format);
    expect(sentMessages(openrouter, format)[0]).toMatchObject({
      role: 'system',
      content: expect.stringContaining('{"type":"array"}'),
    });
    expect(sentMessages(xai, format)).toHaveLength(1);
  });

  it.each(ALL.map((provider) => [provider.id, provider] as const))(
    '%s is never asked for audio, whose answer would be lost',
    async (_, provider) => {
      expect(await refusal(provider, { modalities: ['text', 'audio'] })).toMatchObject({
        code: 'unsupported_parameter',
        param: 'modalities',
      });
      expect(await refusal(provider, { audio: { voice: 'alloy' } })).toMatchObject({
        code: 'unsupported_parameter',
        param: 'audio',
      });
      expect(sent(provider, { modalities: ['text'], audio: null })).toEqual({});
    },
  );

  it.each([cerebras, sambanova, openrouter, huggingface, ollama].map((provider) => [provider.id, provider] as const))(
    '%s gives one answer',
    async (_, provider) => {
      expect(await refusal(provider, { n: 2 })).toMatchObject({ code: 'unsupported_parameter', param: 'n' });
      expect(sent(provider, { n: 1 })).toEqual({});
    },
  );

  it.each(ALL.filter((provider) => provider !== azure).map((provider) => [provider.id, provider] as const))(
    '%s is not asked for function calls of the old kind, which would come as tool calls',
    async (_, provider) => {
      expect(await refusal(provider, { functions: [{ name: 'f' }] })).toMatchObject({
        code: 'unsupported_parameter',
        param: 'functions',
      });
      const result = { messages: [{ role: 'function', name: 'f', content: 'yes' }] };
      expect(await refusal(provider, result)).toMatchObject({ code: 'unsupported_parameter', param: 'messages[0]' });
    },
  );

  it('several answers where they can', () => {
    for (const provider of [xai, azure]) expect(sent(provider, { n: 2 })).toEqual({ n: 2 });
  });

  it.each([
    ['input_audio', [xai, cerebras, sambanova, huggingface, ollama]],
    ['file', [xai, cerebras, sambanova, huggingface, ollama]],
    ['image_url', [cerebras]],
  ])('refuses parts of type %s where nobody understands them', async (type, providers) => {
    const body = { messages: [{ role: 'user', content: [{ type, [type]: {} }] }] };
    for (const provider of ALL) {
      if (providers.includes(provider))
        expect(await refusal(provider, body)).toMatchObject({ param: 'messages[0].content[0]' });
      else expect(sent(provider, body)).toEqual({});
    }
  });

  it('makes schemas less strict only where they were', () => {
    const asked = (strict?: boolean | null) => ({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {}, ...(strict !== undefined && { strict }) } } }); // prettier-ignore
    for (const strict of [undefined, null, false]) expect(sent(sambanova, asked(strict))).toEqual(asked(strict));
    expect(sent(sambanova, asked(true))).toEqual(asked(false));
    expect(sent(xai, asked(true))).toEqual(asked(true));
    expect(sent(sambanova, { response_format: { type: 'json_object' } })).toEqual({
      response_format: { type: 'json_object' },
    });
  });

  it('holds an answer that comes back as the caller had it, without what strict providers refuse', () => {
    const call = { id: 'call_a', type: 'function', function: { name: 'f', arguments: '{}' } };
    const history = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', name: 'ada', content: 'A?' },
      { role: 'assistant', content: null, refusal: null, annotations: [], reasoning_content: 'Hm.', tool_calls: [{ ...call, index: 0, extra_content: {} }] },
      { role: 'tool', tool_call_id: 'call_a', content: 'yes' },
      { role: 'assistant', content: null, refusal: 'No.', annotations: [] },
    ];
    const plain = [
      { role: 'user', content: 'A?' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_a', content: 'yes' },
      { role: 'assistant', content: 'No.' },
    ];
    expect(sentMessages(cerebras, { messages: history })).toEqual([{ role: 'developer', content: 'Be brief.' }, ...plain]);
    expect(sentMessages(huggingface, { messages: history })).toEqual([{ role: 'system', content: 'Be brief.' }, ...plain]);
    const thought = [{ role: 'user', content: 'A?' }, { role: 'assistant', content: 'B.', reasoning: 'Hm.', reasoning_details: [{ id: 1 }] }];
    expect(sentMessages(cerebras, { messages: thought })[1]).toEqual({ role: 'assistant', content: 'B.', reasoning: 'Hm.' });
    expect(sentMessages(openrouter, { messages: thought })).toEqual(thought);
  }); // prettier-ignore

  it('has no role for Ollama that its templates pass over', () => {
    expect(sentMessages(ollama, { messages: [{ role: 'developer', content: 'Be brief.' }] })).toEqual([{ role: 'system', content: 'Be brief.' }]);
  }); // prettier-ignore

  it('passes what a router knows and OpenAI does not', () => {
    const own = {
      models: ['a/b', 'c/d'],
      provider: { sort: 'price' },
      reasoning: { max_tokens: 9 },
      plugins: [{ id: 'web' }],
      top_k: 3,
    };
    expect(sent(openrouter, own)).toEqual(own);
    expect(sent(huggingface, { top_k: 3, chat_template_kwargs: {} })).toEqual({ top_k: 3, chat_template_kwargs: {} });
  });

  it.each<[string | undefined, Fields, Fields]>([
    [undefined, { stream: true }, { stream: true, stream_options: { include_usage: true } }],
    ['v1', { max_completion_tokens: 5 }, { max_completion_tokens: 5 }],
    ['2024-09-01-preview', { stream: true, max_completion_tokens: 5 }, { stream: true, stream_options: { include_usage: true }, max_completion_tokens: 5 }],
    ['2025-01-01-preview', {}, { max_completion_tokens: 300 }],
    ['2024-08-01-preview', { stream: true, max_tokens: 5 }, { stream: true, max_tokens: 5 }],
    ['2024-06-01', { max_completion_tokens: 5 }, { max_tokens: 5 }],
    ['2023-05-15', {}, { max_tokens: 300 }],
  ])('speaks to version %s of Azure’s API as it can: %j', (version, body, expected) => {
    const outputLimit = body['stream'] || body['max_completion_tokens'] ? undefined : 300;
    expect(sent(azure, body, { settings: version === undefined ? {} : { api_version: version }, ...(outputLimit && { outputLimit }) })).toEqual(expected);
  }); // prettier-ignore
});

describe('where a dialect is spoken', () => {
  it.each<[string, string | undefined, string]>([
    ['https://res.openai.azure.com', undefined, 'https://res.openai.azure.com/openai/v1/chat/completions'],
    ['https://res.openai.azure.com/', 'v1', 'https://res.openai.azure.com/openai/v1/chat/completions'],
    ['https://res.openai.azure.com/openai', undefined, 'https://res.openai.azure.com/openai/v1/chat/completions'],
    ['https://res.openai.azure.com/openai/v1/', undefined, 'https://res.openai.azure.com/openai/v1/chat/completions'],
    ['https://gate.example.com/ai?team=7', 'preview', 'https://gate.example.com/ai/openai/v1/chat/completions?team=7&api-version=preview'],
    ['https://res.openai.azure.com', '2024-10-21', 'https://res.openai.azure.com/openai/deployments/my%20model/chat/completions?api-version=2024-10-21'],
    ['https://res.openai.azure.com/openai/deployments', '2024-10-21', 'https://res.openai.azure.com/openai/deployments/my%20model/chat/completions?api-version=2024-10-21'],
  ])('%s in version %s is called at %s', (baseUrl, version, url) => {
    const path = azurePath('/chat/completions', 'my model', version === undefined ? {} : { api_version: version });
    expect(endpointUrl('azure', baseUrl, path).href).toBe(url);
  }); // prettier-ignore

  it('an address of one’s own must be set', async () => {
    const locate = (variables: Record<string, string>, provider = 'azure-openai') =>
      upstreamRoom(variables).locate({ kind: 'direct', provider, model: 'chat' });
    const missing = await refusalOf(Promise.resolve().then(() => locate({ AZURE_OPENAI_API_KEY: 'k-1' })));
    expect(missing).toMatchObject({
      code: 'provider_not_configured',
      message: expect.stringContaining('AZURE_OPENAI_ENDPOINT'),
    });
    const set = {
      AZURE_OPENAI_API_KEY: 'k-1',
      AZURE_OPENAI_ENDPOINT: 'https://res.openai.azure.com',
      AZURE_OPENAI_API_VERSION: '2024-10-21',
    };
    expect(locate(set)).toMatchObject({
      provider: 'azure',
      baseUrl: 'https://res.openai.azure.com',
      settings: { api_version: '2024-10-21' },
    });
  });

  it('a site may name itself', () => {
    const variables = {
      OPENROUTER_API_KEY: 'k-1',
      OPENROUTER_HTTP_REFERER: 'https://app.example.com',
      OPENROUTER_X_TITLE: 'App',
    };
    const { settings } = upstreamRoom(variables).locate({ kind: 'direct', provider: 'openrouter', model: 'a/b' });
    expect(settings).toEqual({ http_referer: 'https://app.example.com', x_title: 'App' });
  });

  it.each([
    ['azure-openai', azure],
    ['hf', huggingface],
  ])('%s is another name of one provider', (name, provider) => expect(findProvider(name)).toBe(provider));

  it.each([
    ['HF_TOKEN', 'hf'],
    ['HUGGINGFACE_API_KEY', 'huggingface'],
  ])('the key may stand in %s', (variable, provider) => {
    expect(upstreamRoom({ [variable]: 'k-1' }).locate({ kind: 'direct', provider, model: 'a/b' })).toMatchObject({
      apiKey: 'k-1',
    });
  });
});

describe('usage in a dialect of OpenAI’s wire', () => {
  const counted = (prompt: unknown, completion: unknown, total: unknown, cached?: unknown, reasoning?: unknown) => ({
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  });

  it.each<[string, Fields, object]>([
    ['the total less the prompt', counted(10, 5, 40, 0, 25), { input: 10, output: 30, reasoning: 25 }],
    ['both parts where no total is told', counted(10, 5, undefined, 0, 25), { input: 10, output: 30, reasoning: 25 }],
    ['never less than the completion', counted(10, 5, 12, 0, 0), { input: 10, output: 5 }],
    ['without reasoning, as it is', counted(10, 5, 15), { input: 10, output: 5, reasoning: 0 }],
    [
      'a prompt beside what was cached',
      counted(10, 5, 40, 100, 25),
      { input: 110, cachedInput: 100, output: 30, reasoning: 25 },
    ],
    ['zero', counted(0, 0, 0, 0, 0), { input: 0, output: 0 }],
  ])('of xai is %s', (_, usage, tokens) => {
    expect(parseUsage(usage, xai.quirks.response)?.tokens).toMatchObject(tokens);
  });

  it.each([[undefined], [null], [{}], [counted('10', 5, 15)], [counted(10, null, 15)]])(
    'of xai is missing in %j',
    (usage) => {
      expect(parseUsage(usage, xai.quirks.response)).toBeUndefined();
    },
  );

  it('has cached tokens cut to the prompt elsewhere', () => {
    expect(parseUsage(counted(10, 5, 15, 4000), azure.quirks.response)?.tokens).toMatchObject({
      input: 10,
      cachedInput: 10,
      output: 5,
    });
  });

  it.each<[unknown, string | undefined]>([
    [0, '0'],
    [4, '0'],
    [5, '1'],
    [81_234_567, '8123457'],
    [-1, undefined],
    [1.5, undefined],
    ['10', undefined],
    [undefined, undefined],
  ])('states %j ticks as %s nano-dollars', (ticks, nanoUsd) => {
    expect(costOfTicks(ticks)).toBe(nanoUsd);
    expect(parseUsage({ ...counted(1, 1, 2), cost_in_usd_ticks: ticks }, xai.quirks.response)?.statedCostNanoUsd).toBe(
      nanoUsd,
    );
  });

  it.each<[Fields, string | undefined]>([
    [{ cost: 0.0001 }, '100000'],
    [{ cost: 0.0001, is_byok: false, cost_details: { upstream_inference_cost: 0.5 } }, '100000'],
    [{ cost: 0.0001, is_byok: true, cost_details: { upstream_inference_cost: 0.5 } }, '500100000'],
    [{ cost: 0, is_byok: true, cost_details: { upstream_inference_cost: null } }, undefined],
    [{ cost: 0, is_byok: true }, undefined],
    [{}, undefined],
  ])('of a router costs, with %j, %s', (cost, nanoUsd) => {
    expect(parseUsage({ ...counted(1, 1, 2), ...cost }, openrouter.quirks.response)?.statedCostNanoUsd).toBe(nanoUsd);
  });
});

describe('an answer in a dialect of OpenAI’s wire', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2 };
  const event = (data: unknown) => ({ event: undefined, data: JSON.stringify(data) });

  it('that breaks off is counted as far as it says, whether it had begun or not', () => {
    const broken = event({ error: { code: 502, message: 'gone' }, usage });
    for (const hasSpoken of [true, false]) {
      expect(parseEvent(broken, openrouter.quirks, hasSpoken)).toMatchObject([{ kind: 'usage', usage: { tokens: { input: 3, output: 2 } } }, { kind: 'failure' }]);
    }
  }); // prettier-ignore

  it('loses its code fence where a schema went out in words as well', async () => {
    const schemas = new AnswerSchemas();
    const schema = await schemas.of({ model: 'x', messages: [], response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } } }, 'acct');
    const fenced = JSON.stringify({ choices: [{ index: 0, message: { content: '```json\n{"a":1}\n```' }, finish_reason: 'stop' }] });
    const read = (provider: Provider) =>
      readJsonAnswer(bodyOf(fenced), { call: callOf({ provider: provider.id, schema }), quirks: provider.quirks, protocol: openaiChat, headers: {}, provider, nowMs: 0, ...answerTerms() });
    const { mismatch, body } = await read(openrouter);
    expect([mismatch, JSON.parse(body.toString()).choices[0].message.content]).toEqual([undefined, '{"a":1}']);
    expect((await read(xai)).mismatch?.error.code).toBe('response_schema_validation_failed');
  }); // prettier-ignore

  it('has an error in place of a choice', () => {
    const choice = { index: 0, error: { code: 429, message: 'slow down' }, finish_reason: 'error' };
    expect(parseAnswer({ choices: [choice] }, { quirks: openrouter.quirks })).toEqual({
      kind: 'failure',
      body: choice,
    });
    expect(
      parseChunk({ id: 'x', choices: [{ ...choice, delta: { content: 'Hi' } }] }, openrouter.quirks),
    ).toMatchObject([
      { kind: 'start' },
      { kind: 'text', text: 'Hi' },
      { kind: 'failure', body: { error: choice.error } },
    ]);
  });

  it('is nobody’s before it has a name or says something', () => {
    expect(parseChunk({ id: '', model: '', object: '', created: 0, choices: [], prompt_filter_results: [] })).toEqual(
      [],
    );
    expect(parseChunk({ id: '', model: 'm', choices: [] })).toHaveLength(1);
    expect(parseChunk({ id: '', model: '', choices: [{ index: 0, delta: { content: 'a' } }] })).toHaveLength(2);
  });

  it('may lack its message only where a filter took it', () => {
    const choice = (reason: string) => ({ choices: [{ index: 0, finish_reason: reason }] });
    expect(parseAnswer(choice('content_filter'), { quirks: {} })).toMatchObject({
      choices: [{ text: null, finish: 'content_filter', toolCalls: [] }],
    });
    expect(parseAnswer(choice('stop'), { quirks: {} })).toBeUndefined();
  });

  it.each(['eos_token', 'stop_sequence', 'eos'])('that ends with %s has stopped', (reason) => {
    expect(parseChunk({ id: 'x', choices: [{ index: 0, delta: {}, finish_reason: reason }] }, huggingface.quirks).at(-1)).toEqual({ kind: 'finish', choice: 0, reason: 'stop' }); // prettier-ignore
  });
});
