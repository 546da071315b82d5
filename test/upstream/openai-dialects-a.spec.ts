import fc from 'fast-check';
import { AnswerSchemas } from '../../src/upstream/schemas/answer-schemas.js';
import { readJsonAnswer } from '../../src/upstream/answer/json-answer.js';
import { openaiChat } from '../../src/upstream/protocols/openai/index.js';
import { parseAnswer } from '../../src/upstream/protocols/openai/parse-answer.js';
import { parseChunk } from '../../src/upstream/protocols/openai/parse-chunk.js';
import { renderChat } from '../../src/upstream/protocols/openai/render.js';
import { shortToolId } from '../../src/upstream/protocols/openai/tool-call-ids.js';
import type { Provider } from '../../src/upstream/provider.js';
import type { Quirks } from '../../src/upstream/quirks.js';
import { deepseek } from '../../src/upstream/providers/deepseek.js';
import { fireworks } from '../../src/upstream/providers/fireworks.js';
import { groq } from '../../src/upstream/providers/groq.js';
import { mistral } from '../../src/upstream/providers/mistral.js';
import { openai } from '../../src/upstream/providers/openai.js';
import { perplexity } from '../../src/upstream/providers/perplexity.js';
import { together } from '../../src/upstream/providers/together.js';
import type { WireBody } from '../../src/upstream/wire.js';
import { answerTerms } from '../support/answer-limits.js';
import { callOf, refusalOf } from './calling.js';

type Fields = Record<string, unknown>;

const ALL = [mistral, groq, together, fireworks, perplexity, deepseek];
const messages = [{ role: 'user', content: 'Say hi' }];
const tools = ['one', 'two'].map((name) => ({ type: 'function', function: { name } }));

/** What goes out for a body. */
const rendered = (provider: Provider, body: Fields, model = 'some-model'): Fields =>
  renderChat(callOf({ provider: provider.id, model, body, userHash: '5f2c' }), provider.quirks);

/** The same, less what every body has. */
function sent(provider: Provider, body: Fields, model?: string): Fields {
  const { model: _model, messages: _messages, user: _user, ...rest } = rendered(provider, body, model);
  return rest;
}

/** The messages that go out, as JSON has them. */
const sentMessages = (provider: Provider, body: Fields, model?: string): unknown =>
  JSON.parse(JSON.stringify(rendered(provider, body, model)['messages']));

const refusalBy = (provider: Provider, body: Fields) =>
  refusalOf(Promise.resolve().then(() => rendered(provider, body)));

/** An answer's bytes. */
const wireBodyOf = (answer: Fields) =>
  ({
    [Symbol.asyncIterator]: () => [Buffer.from(JSON.stringify(answer))].values(),
    release: () => undefined,
  }) as unknown as WireBody;

/** Every field of OpenAI's that is no more than a hint, or that some provider has. */
const HINTS = {
  frequency_penalty: 0.1,
  function_call: 'auto',
  logit_bias: { 50256: -100 },
  logprobs: true,
  max_completion_tokens: 9,
  metadata: { a: 'b' },
  modalities: ['text'],
  parallel_tool_calls: false,
  prediction: { type: 'content', content: 'Hi' },
  presence_penalty: 0.2,
  prompt_cache_key: 'k',
  prompt_cache_options: {},
  prompt_cache_retention: '24h',
  safety_identifier: 's',
  seed: 7,
  service_tier: 'auto',
  stop: ['x'],
  store: true,
  stream: true,
  stream_options: { include_usage: false, include_obfuscation: true },
  temperature: 0.3,
  top_logprobs: 2,
  top_p: 0.9,
  user: 'ada@example.com',
  verbosity: 'low',
};

describe('a request in a dialect of OpenAI’s wire', () => {
  it.each<[string, Provider, string]>([
    ['mistral', mistral, 'frequency_penalty max_tokens messages metadata model parallel_tool_calls prediction presence_penalty prompt_cache_key random_seed stop stream temperature top_p'],
    ['groq', groq, 'frequency_penalty max_completion_tokens messages model parallel_tool_calls presence_penalty seed service_tier stop stream stream_options temperature top_p user'],
    ['together', together, 'frequency_penalty logit_bias logprobs max_tokens messages model presence_penalty seed stop stream stream_options temperature top_p'],
    ['fireworks', fireworks, 'context_length_exceeded_behavior frequency_penalty logit_bias logprobs max_completion_tokens messages metadata model parallel_tool_calls prediction presence_penalty prompt_cache_key seed stop stream stream_options temperature top_logprobs top_p user'],
    ['perplexity', perplexity, 'max_tokens messages model presence_penalty stop stream temperature top_p'],
    ['deepseek', deepseek, 'frequency_penalty logprobs max_tokens messages model presence_penalty stop stream stream_options temperature top_logprobs top_p'],
  ])('holds what %s knows of all the hints there are', (_, provider, fields) => {
    const wire = rendered(provider, HINTS);
    expect(Object.keys(wire).sort()).toEqual(fields.split(' '));
    expect(JSON.stringify(wire)).not.toContain('ada@');
    if ('stream_options' in wire) expect(wire['stream_options']).toEqual({ include_usage: true });
  }); // prettier-ignore

  it.each(ALL.map((provider) => [provider.id, provider] as const))(
    'is refused by us where %s would get it wrong',
    async (_, provider) => {
      const wrong = {
        audio: { voice: 'alloy' },
        functions: [{ name: 'f' }],
        modalities: ['text', 'audio'],
        moderation: { model: 'omni' },
        ...([groq, perplexity, deepseek].includes(provider) && { n: 2 }),
        ...(provider === perplexity ? { tools } : { web_search_options: {} }),
      };
      for (const [param, value] of Object.entries(wrong)) {
        expect(await refusalBy(provider, { [param]: value })).toMatchObject({ code: 'unsupported_parameter', param });
      }
      expect(
        sent(provider, { audio: null, functions: [], modalities: ['text'], n: null, tools: null }),
      ).not.toHaveProperty('audio');
    },
  );

  it.each(ALL.map((provider) => [provider.id, provider] as const))('to %s holds no files, no old functions, and audio only for Mistral', async (_, provider) => {
    const part = (part: Fields) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'See.' }, part] }] });
    if (provider !== mistral) {
      const audio = await refusalBy(provider, part({ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }));
      expect(audio).toMatchObject({ param: 'messages[0].content[1]', message: `${provider.id} does not support parts of type input_audio` });
    }
    expect(await refusalBy(provider, part({ type: 'file', file: { file_data: 'AA==' } }))).toMatchObject({ param: 'messages[0].content[1]' });
    const called = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } };
    expect(await refusalBy(provider, { messages: [...messages, called] })).toMatchObject({ param: 'messages[1]' });
    const result = { role: 'function', name: 'f', content: 'yes' };
    expect(await refusalBy(provider, { messages: [...messages, result] })).toMatchObject({ param: 'messages[1]' });
  }); // prettier-ignore

  it('to Mistral has no nulls, and its own fields', () => {
    const body = {
      temperature: null,
      stop: null,
      seed: null,
      safe_prompt: true,
      prompt_mode: 'reasoning',
      mood: 'good',
    };
    expect(sent(mistral, body)).toEqual({ safe_prompt: true, prompt_mode: 'reasoning' });
    expect(sent(mistral, { seed: 1, random_seed: 2 })).toEqual({ random_seed: 2 });
  });

  it('passes what a lenient provider alone knows', () => {
    expect(sent(together, { top_k: 5, min_p: 0.1, chat_template_kwargs: { thinking: true } })).toEqual({
      top_k: 5,
      min_p: 0.1,
      chat_template_kwargs: { thinking: true },
    });
    expect(
      sent(perplexity, { search_domain_filter: ['example.org'], web_search_options: { search_context_size: 'low' } }),
    ).toEqual({
      search_domain_filter: ['example.org'],
      web_search_options: { search_context_size: 'low' },
    });
  });

  it.each<[Provider, string, string, Fields]>([
    [mistral, 'mistral-small-latest', 'none', { reasoning_effort: 'none' }],
    [mistral, 'mistral-small-latest', 'low', { reasoning_effort: 'none' }],
    [mistral, 'mistral-small-latest', 'max', { reasoning_effort: 'high' }],
    [groq, 'openai/gpt-oss-20b', 'medium', { reasoning_effort: 'medium' }],
    [groq, 'openai/gpt-oss-20b', 'none', { reasoning_effort: 'low' }],
    [groq, 'qwen/qwen3-32b', 'none', { reasoning_effort: 'none', reasoning_format: 'parsed' }],
    [groq, 'qwen/qwen3-32b', 'low', { reasoning_effort: 'default', reasoning_format: 'parsed' }],
    [groq, 'llama-3.3-70b-versatile', 'low', {}],
    [together, 'openai/gpt-oss-20b', 'none', { reasoning_effort: 'low' }],
    [together, 'deepseek-ai/DeepSeek-V3.1', 'none', { reasoning: { enabled: false } }],
    [together, 'deepseek-ai/DeepSeek-V3.1', 'xhigh', { reasoning_effort: 'high' }],
    [perplexity, 'sonar', 'high', {}],
    [perplexity, 'sonar-reasoning-pro', 'none', { reasoning_effort: 'minimal' }],
    [deepseek, 'deepseek-chat', 'medium', { reasoning_effort: 'medium' }],
    [deepseek, 'deepseek-chat', 'constructor', { reasoning_effort: 'constructor' }],
  ])('to $id for %s spells the effort "%s" as it is known', (provider, model, effort, expected) => {
    expect(sent(provider, { reasoning_effort: effort }, model)).toEqual(expected);
  });

  it('asks Groq’s reasoning models to reason apart, unless the caller says how', () => {
    expect(sent(groq, { reasoning_format: 'raw' }, 'qwen/qwen3-32b')).toEqual({ reasoning_format: 'raw' });
    expect(sent(groq, { include_reasoning: false }, 'qwen/qwen3-32b')).toEqual({ include_reasoning: false });
    expect(sent(groq, {}, 'openai/gpt-oss-120b')).toEqual({});
  });

  it('gives Mistral the parameters of functions that have none', () => {
    const parameters = { type: 'object', properties: { a: { type: 'string' } } };
    const given = [...tools, { type: 'function', function: { name: 'three', parameters } }, { type: 'web_search' }];
    const none = { type: 'object', properties: {} };
    expect(sent(mistral, { tools: given })['tools']).toEqual([
      { type: 'function', function: { name: 'one', parameters: none } },
      { type: 'function', function: { name: 'two', parameters: none } },
      given[2],
      { type: 'web_search' },
    ]);
    expect(sent(mistral, { tools: null })).toEqual({});
    expect(sent(groq, { tools })).toEqual({ tools });
  });

  it('gives Together numbers and lists', () => {
    expect(sent(together, { stop: ['a', 'b'], logprobs: 3, top_logprobs: 2 })).toEqual({
      stop: ['a', 'b'],
      logprobs: 3,
    });
    expect(sent(together, { stop: null, logprobs: null })).toEqual({});
  });

  it.each([
    [{ presence_penalty: 0, frequency_penalty: 0.5 }, { frequency_penalty: 0.5 }],
    [{ presence_penalty: 0.5, frequency_penalty: 0 }, { presence_penalty: 0.5 }],
    [{ presence_penalty: 0, frequency_penalty: 0 }, {}],
    [{ frequency_penalty: -1 }, { frequency_penalty: -1 }],
  ])('gives Perplexity one penalty of %j', (body, expected) => expect(sent(perplexity, body)).toEqual(expected));

  it('says a selection of tools by leaving the others out, but to OpenAI as it is', () => {
    const choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tools[1]] } };
    expect(sent(groq, { tools, tool_choice: choice })).toEqual({ tools: [tools[1]], tool_choice: 'required' });
    expect(sent(mistral, { tools, tool_choice: choice })).toMatchObject({ tools: [tools[1]], tool_choice: 'any' });
    expect(sent(openai, { tools, tool_choice: choice })).toEqual({ tools, tool_choice: choice });
  });
});

describe('messages in a dialect of OpenAI’s wire', () => {
  it('hold refusals of earlier turns as text, and nothing of what callers keep beside them', () => {
    const history = [
      { role: 'user', name: 'ada', content: 'A?' },
      { role: 'assistant', content: null, refusal: 'I cannot.', annotations: [], audio: null, tool_calls: [] },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }, { type: 'text', text: 'Sorry.' }, null], x: 1 },
    ];
    expect(sentMessages(fireworks, { messages: history })).toEqual([
      { role: 'user', content: 'A?' },
      { role: 'assistant', content: 'I cannot.' },
      { role: 'assistant', content: [{ type: 'text', text: 'No.' }, { type: 'text', text: 'Sorry.' }, null] },
    ]);
    expect(sentMessages(openai, { messages: history })).toEqual(history);
  }); // prettier-ignore

  it('stay as they are where nothing needs another form', () => {
    const parts = [{ type: 'text', text: 'See.' }, { type: 'custom_part', data: 1 }];
    expect(sentMessages(deepseek, { messages: [{ role: 'user', content: parts }] })).toEqual([{ role: 'user', content: parts }]);
    expect(sentMessages(groq, { messages: [{ role: 'developer', content: 'Be brief.' }] })).toEqual([{ role: 'developer', content: 'Be brief.' }]);
  }); // prettier-ignore

  it('take turns whatever their order, and lose no text', () => {
    const role = fc.constantFrom('system', 'developer', 'user', 'assistant');
    const said = fc.array(fc.tuple(role, fc.boolean()), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(said, (turns) => {
        const all = turns.map(([who, inParts], n) => ({
          role: who,
          content: inParts ? [{ type: 'text', text: `<${n}>` }] : `<${n}>`,
        }));
        const out = sentMessages(perplexity, { messages: all }) as Fields[];
        const roles = out.map((message) => message['role']);
        expect(roles.slice(1)).not.toContain('system');
        expect(roles.some((one, place) => one === roles[place + 1])).toBe(false);
        const text = JSON.stringify(out);
        expect([...turns.keys()].filter((n) => !text.includes(`<${n}>`))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('have ids of nine characters, the same for the same and others for others', () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => `call_${n.toString(36)}`);
    const short = ids.map(shortToolId);
    expect(new Set(short).size).toBe(ids.length);
    expect(short.filter((id) => !/^[a-zA-Z0-9]{9}$/.test(id))).toEqual([]);
    expect(ids.map(shortToolId)).toEqual(short);
    expect(short.map(shortToolId)).toEqual(short);
  });
});

describe('JSON of a dialect', () => {
  const json = { response_format: { type: 'json_object' } };
  const instruction = { role: 'system', content: expect.stringMatching(/JSON object/) as string };

  it.each(ALL.filter((provider) => provider !== perplexity).map((provider) => [provider.id, provider] as const))(
    'is asked for in words as well where nobody has said so, for %s',
    (_, provider) => {
      expect(rendered(provider, json)).toMatchObject({ ...json, messages: [instruction, ...messages] });
      for (const content of ['Give me Json.', [{ type: 'text', text: 'As JSON' }]]) {
        expect(sentMessages(provider, { ...json, messages: [{ role: 'user', content }] })).toHaveLength(1);
      }
    },
  );

  it('is asked for behind what the caller instructs', () => {
    const system = { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] };
    expect(sentMessages(groq, { ...json, messages: [system, ...messages] })).toEqual([
      { role: 'developer', content: expect.stringMatching(/^Be brief\.\n\n.*JSON object/) },
      ...messages,
    ]);
  }); // prettier-ignore

  it('is asked of Groq by words alone beside tools and in a stream', () => {
    for (const beside of [{ stream: true }, { tools }]) {
      const wire = rendered(groq, { ...json, ...beside });
      expect(wire).not.toHaveProperty('response_format');
      expect(wire['messages']).toEqual([instruction, ...messages]);
    }
    expect(sent(groq, { ...json, tools: [], stream: false })).toMatchObject(json);
  });

  it('may be any where the caller names no schema', () => {
    const body = { response_format: { type: 'json_schema', json_schema: { name: 'any' } } };
    expect(rendered(deepseek, body)).toMatchObject({
      ...json,
      messages: [{ content: expect.stringMatching(/JSON schema:\n\{\}$/) }, {}],
    });
    expect(sent(groq, { response_format: { type: 'text' }, stream: true })).toMatchObject({
      response_format: { type: 'text' },
    });
  });
});

describe('an answer in a dialect', () => {
  const answer = (choice: Fields, rest: Fields = {}) => ({ ...rest, choices: [{ index: 0, finish_reason: 'stop', message: { content: 'Hi' }, ...choice }] });
  const chunk = (choice: Fields, quirks: Quirks) => parseChunk({ id: 'x', choices: [{ index: 0, ...choice }] }, quirks).slice(1);
  const token = (text: string, logprob: number) => ({ token: text, logprob, bytes: null, top_logprobs: [] });

  it.each<[unknown, unknown]>([
    [-0.5, { content: [token('Hi', -0.5)], refusal: null }],
    [{ tokens: ['<s>', 'Hi'], token_logprobs: [null, -0.25] }, { content: [token('Hi', -0.25)], refusal: null }],
    [{ content: [token('Hi', -1)] }, { content: [token('Hi', -1)] }],
    [{ tokens: 'Hi' }, undefined],
    ['none', undefined],
    [null, undefined],
  ])('has logprobs in OpenAI’s form: %j', (logprobs, expected) => {
    expect(chunk({ delta: { content: 'Hi' }, logprobs }, together.quirks)).toEqual([{ kind: 'text', choice: 0, text: 'Hi', logprobs: expected }]);
    expect(parseAnswer(answer({ logprobs }), together)).toMatchObject({ choices: [{ logprobs: expected ?? null }] });
  });

  it('has no logprobs of a chunk without text', () => {
    expect(chunk({ delta: { content: '' }, logprobs: -0.5 }, together.quirks)).toEqual([]);
  });

  it.each<[Provider, string, string]>([
    [mistral, 'model_length', 'length'],
    [mistral, 'constructor', 'stop'],
    [together, 'eos', 'stop'],
    [deepseek, 'insufficient_system_resource', 'stop'],
    [deepseek, 'content_filter', 'content_filter'],
  ])('of $id ends by "%s" as by %s', (provider, reason, finish) => {
    expect(parseAnswer(answer({ finish_reason: reason }), provider)).toMatchObject({ choices: [{ finish }] });
    expect(chunk({ delta: { content: 'Hi' }, finish_reason: reason }, provider.quirks).at(-1)).toEqual({ kind: 'finish', choice: 0, reason: finish });
  });

  it('fails by its ending, behind what it has cost', () => {
    const told = parseChunk({ choices: [{ index: 0, delta: {}, finish_reason: 'error' }], usage: { prompt_tokens: 1, completion_tokens: 2 } }, mistral.quirks);
    expect(told.map(({ kind }) => kind)).toEqual(['start', 'usage', 'failure']);
    expect(told.at(-1)).toMatchObject({ code: 'upstream_unavailable' });
    const called = { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }] };
    expect(parseAnswer(answer({ message: called, finish_reason: 'insufficient_system_resource' }), deepseek)).toMatchObject({ choices: [{ finish: 'stop' }] });
  });

  it('of Groq may be stopped by an error beside it, behind what it has cost', () => {
    const stopped = { id: 'x', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 }, x_groq: { id: 'req_1', error: 'over capacity' } };
    const told = parseChunk(stopped, groq.quirks);
    expect(told.map(({ kind }) => kind)).toEqual(['start', 'usage', 'failure']);
    expect(told.at(-1)).toEqual({ kind: 'failure', body: { error: { message: 'over capacity' } } });
    expect(parseChunk({ ...stopped, x_groq: { id: 'req_1', error: null } }, groq.quirks).map(({ kind }) => kind)).toEqual(['start', 'usage']);
  });

  it('may be an error under another name', () => {
    const error = { object: 'error', message: 'Service unavailable', type: 'internal_server_error' };
    expect(parseAnswer(error, mistral)).toEqual({ kind: 'failure', body: error });
    expect(parseChunk(error, mistral.quirks)).toEqual([{ kind: 'failure', body: error }]);
  });

  it('comes in parts, of which only words count', () => {
    const content = [{ type: 'thinking', thinking: 'Hm.' }, { type: 'reference', reference_ids: [1] }, 'odd', { type: 'text', text: 'Hi' }];
    expect(parseAnswer(answer({ message: { content } }), mistral)).toMatchObject({ choices: [{ text: 'Hi', reasoning: 'Hm.' }] });
    expect(parseAnswer(answer({ message: { content: [] } }), mistral)).toMatchObject({ choices: [{ text: '', reasoning: undefined }] });
  });

  it.each<[string, string, string | undefined]>([
    ['<think>\nRivers…\n</think>\n\n{"a":1}', '{"a":1}', 'Rivers…'],
    ['<think></think>{"a":1}', '{"a":1}', undefined],
    ['{"a":"<think>b</think>"}', '{"a":"<think>b</think>"}', undefined],
  ])('has its thought before the JSON of a schema told apart: %j', async (content, text, reasoning) => {
      const schemas = new AnswerSchemas();
      const schema = await schemas.of({ messages: [], model: 'x', response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } } }, 'acct');
      const terms = { quirks: perplexity.quirks, protocol: openaiChat, headers: {}, provider: perplexity, nowMs: 0, ...answerTerms() };
    const read = async (call: ReturnType<typeof callOf>) => {
      const { mismatch, body } = await readJsonAnswer(wireBodyOf(answer({ message: { content } })), { ...terms, call });
      return { mismatch, message: JSON.parse(body.toString()).choices[0].message };
    };
    const { mismatch, message } = await read(callOf({ schema }));
    expect([mismatch, message.content, message.reasoning_content]).toEqual([undefined, text, reasoning]);
    expect((await read(callOf())).message).toMatchObject({ content });
  });

  it('cites no page without an address', () => {
    const pages = { search_results: [{ title: 'No address' }, null, { url: 'https://a.example', title: 'A' }] };
    const citation = { start_index: 0, end_index: 0, url: 'https://a.example', title: 'A' };
    expect(parseAnswer(answer({}, pages), perplexity)).toMatchObject({
      choices: [{ annotations: [{ type: 'url_citation', url_citation: citation }] }],
    });
    expect(parseAnswer(answer({}, pages), groq)).toMatchObject({ choices: [{ annotations: [] }] });
  });

  it.each<[string, Provider, Fields, Fields]>([
    ['OpenAI’s place before its own', together, { prompt_tokens_details: { cached_tokens: 3 }, cached_tokens: 9 }, { cachedInput: 3 }],
    ['its own', together, { cached_tokens: 9 }, { cachedInput: 9 }],
    ['its own, where OpenAI’s is null', mistral, { prompt_tokens_details: null, prompt_token_details: { cached_tokens: 4 } }, { cachedInput: 4 }],
    ['nowhere', mistral, { prompt_token_details: 7 }, { cachedInput: 0 }],
    ['no more than the whole', deepseek, { prompt_cache_hit_tokens: 99 }, { cachedInput: 10 }],
    ['no more than was written', perplexity, { reasoning_tokens: 99 }, { reasoning: 5 }],
  ])('has its counts in %s', (_, provider, usage, expected) => {
    const counts = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...usage };
    expect(parseAnswer(answer({}, { usage: counts }), provider)).toMatchObject({ usage: { tokens: expected } });
  });

  it('states no cost that is none', () => {
    const counts = { prompt_tokens: 10, completion_tokens: 5, cost: { total_cost: '0.1' } };
    expect(parseAnswer(answer({}, { usage: counts }), perplexity)).toHaveProperty('usage.tokens');
    expect(parseAnswer(answer({}, { usage: counts }), perplexity)).not.toHaveProperty('usage.statedCostNanoUsd');
  });
}); // prettier-ignore
