import type { Provider } from '../../../../src/upstream/provider.js';
import type { Quirks } from '../../../../src/upstream/quirks.js';
import { renderChat } from '../../../../src/upstream/protocols/openai/render.js';
import { deepseek } from '../../../../src/upstream/providers/deepseek.js';
import { mistral } from '../../../../src/upstream/providers/mistral.js';
import { openrouter } from '../../../../src/upstream/providers/openrouter.js';
import { parseUsage } from '../../../../src/upstream/protocols/openai/usage.js';
import { ollama } from '../../../../src/upstream/providers/ollama.js';
import { openai } from '../../../../src/upstream/providers/openai.js';
import { sambanova } from '../../../../src/upstream/providers/sambanova.js';
import { sandbox } from '../../../../src/upstream/providers/sandbox.js';
import { callOf, refusalOf } from '../../calling.js';

const messages = [{ role: 'user', content: 'Say hi' }];

/** What goes out for a body, less what every body has. */
function sent(
  body: Record<string, unknown>,
  quirks: Quirks,
  parts: { model?: string; userHash?: string; outputLimit?: number } = {},
): Record<string, unknown> {
  const { model: _model, messages: _messages, ...rest } = renderChat(callOf({ body, ...parts }), quirks);
  return { ...rest };
}

const refused = (body: Record<string, unknown>, provider = ollama) =>
  refusalOf(Promise.resolve().then(() => renderChat(callOf({ provider: provider.id, body }), provider.quirks)));

describe('a chat request on OpenAI’s wire', () => {
  it('names the model by its bare name and passes what the caller sent, unknown fields too', () => {
    const body = {
      temperature: 0.3,
      seed: 7,
      tools: [{ type: 'function', function: { name: 'f' } }],
      something_new: { a: [1] },
    };
    expect(renderChat(callOf({ body }), openai.quirks)).toEqual({ model: 'gpt-4o-mini', messages, ...body });
  });

  it.each([
    [{ stream: true }],
    [{ stream: true, stream_options: null }],
    [{ stream: true, stream_options: {} }],
    [{ stream: true, stream_options: { include_usage: false } }],
  ])(
    // prettier-ignore
    'R26 a stream is always asked for usage, and for no obfuscation: %j',
    (body) => {
      expect(sent(body, openai.quirks)).toEqual({
        stream: true,
        stream_options: { include_usage: true, include_obfuscation: false },
      });
      expect(sent(body, ollama.quirks)).toEqual({ stream: true, stream_options: { include_usage: true } });
    },
  );

  it('asks for obfuscation when the caller wants it', () => {
    const body = { stream: true, stream_options: { include_obfuscation: true } };
    expect(sent(body, openai.quirks)['stream_options']).toEqual({ include_usage: true, include_obfuscation: true });
  });

  it('sends no stream options without a stream', () => {
    expect(sent({ stream_options: { include_usage: true } }, openai.quirks)).toEqual({});
  });

  it('never forwards who the customer is: a keyed hash where the provider takes a user, else nothing', () => {
    const body = { user: 'ada@example.com' };
    expect(sent(body, openai.quirks, { userHash: '5f2c' })).toEqual({ user: '5f2c' });
    expect(sent(body, openai.quirks)).toEqual({});
    expect(sent(body, ollama.quirks, { userHash: '5f2c' })).toEqual({});
  });

  it.each<[string, Record<string, unknown>, Quirks, Record<string, unknown>]>([
    ['gpt-4o-mini', { max_tokens: 5 }, openai.quirks, { max_tokens: 5 }],
    ['gpt-4o-mini', { max_completion_tokens: 5 }, openai.quirks, { max_completion_tokens: 5 }],
    ['gpt-4o-mini', { max_tokens: 9, max_completion_tokens: 5 }, openai.quirks, { max_completion_tokens: 5 }],
    ['gpt-4o-mini', { max_tokens: 9, max_completion_tokens: null }, openai.quirks, { max_tokens: 9 }],
    ['o3-mini', { max_tokens: 5 }, openai.quirks, { max_completion_tokens: 5 }],
    ['gpt-5-nano', { max_tokens: 5 }, openai.quirks, { max_completion_tokens: 5 }],
    ['llama3.2', { max_completion_tokens: 5 }, ollama.quirks, { max_tokens: 5 }],
    ['llama3.2', { max_tokens: 9, max_completion_tokens: 5 }, ollama.quirks, { max_tokens: 5 }],
  ])('spells the output limit of %s: %j', (model, body, quirks, expected) => {
    expect(sent(body, quirks, { model })).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>, Quirks, Record<string, unknown>]>([
    ['gpt-4o-mini', {}, openai.quirks, { max_completion_tokens: 300 }],
    ['gpt-4', {}, openai.quirks, { max_completion_tokens: 300 }],
    ['o3-mini', {}, openai.quirks, { max_completion_tokens: 300 }],
    ['gpt-4o-mini', { max_tokens: null, max_completion_tokens: null }, openai.quirks, { max_completion_tokens: 300 }],
    ['gpt-4o-mini', { max_tokens: 5 }, openai.quirks, { max_tokens: 5 }],
    ['gpt-4o-mini', { max_completion_tokens: 900 }, openai.quirks, { max_completion_tokens: 900 }],
    ['o3-mini', { max_tokens: 900 }, openai.quirks, { max_completion_tokens: 900 }],
    ['llama3.2', {}, ollama.quirks, { max_tokens: 300 }],
    ['llama3.2', { max_completion_tokens: 5 }, ollama.quirks, { max_tokens: 5 }],
    ['echo', {}, sandbox.quirks, { max_tokens: 300 }],
    ['echo', { max_tokens: 5 }, sandbox.quirks, { max_tokens: 5 }],
  ])('sends the output limit of a hold to %s where the caller gave none: %j', (model, body, quirks, expected) => {
    expect(sent(body, quirks, { model, outputLimit: 300 })).toEqual(expected);
  });

  it('drops hints that change no answer', () => {
    expect(
      sent({ logit_bias: {}, store: true, metadata: { a: 'b' }, parallel_tool_calls: true, seed: 1 }, ollama.quirks),
    ).toEqual({
      seed: 1,
    });
  });

  it.each([
    [{ n: 2 }, 'n'],
    [{ audio: { voice: 'alloy' } }, 'audio'],
    [{ web_search_options: {} }, 'web_search_options'],
    [{ functions: [{ name: 'f' }] }, 'functions'],
  ])('refuses what the provider would get wrong: %j', async (body, param) => {
    expect(await refused(body)).toMatchObject({
      code: 'unsupported_parameter',
      status: 400,
      param,
      message: `ollama does not support ${param}`,
    });
  });

  it('does not refuse what asks for nothing', () => {
    expect(sent({ n: 1, audio: null, functions: [] }, ollama.quirks)).toEqual({});
  });

  it('passes images as they come; those that must be fetched here have been by now', () => {
    const image = (url: string) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'see' }, { type: 'image_url', image_url: { url } }] }] }); // prettier-ignore
    const inline = image('data:image/png;base64,AAAA');
    expect(renderChat(callOf({ body: inline }), ollama.quirks)).toMatchObject(inline);
    const linked = image('https://example.com/cat.png');
    expect(renderChat(callOf({ body: linked }), openai.quirks)).toMatchObject(linked);
  });

  it('spells reasoning effort as the provider knows it', () => {
    expect(sent({ reasoning_effort: 'minimal' }, ollama.quirks)).toEqual({ reasoning_effort: 'low' });
    expect(sent({ reasoning_effort: 'medium' }, ollama.quirks)).toEqual({ reasoning_effort: 'medium' });
    expect(sent({ reasoning_effort: 'minimal' }, openai.quirks)).toEqual({ reasoning_effort: 'minimal' });
  });

  it('does not send the reasoning of earlier turns', () => {
    const history = [{ role: 'assistant', content: 'Hi', reasoning_content: 'They greet me.' }, ...messages];
    expect(JSON.stringify(renderChat(callOf({ body: { messages: history } }), openai.quirks)['messages'])).toBe(
      JSON.stringify([{ role: 'assistant', content: 'Hi' }, ...messages]),
    );
  });

  it('does not send what another provider wants back with a tool call', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const history = [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ ...call, extra_content: { google: { thought_signature: 's' } } }],
      },
    ];
    for (const { quirks } of [openai, ollama]) {
      expect(renderChat(callOf({ body: { messages: history } }), quirks)['messages']).toEqual([
        { ...history[0], tool_calls: [call] },
      ]);
    }
  });

  it('sends of earlier answers nothing that says nothing, but to OpenAI', () => {
    const answer = {
      role: 'assistant',
      content: null,
      refusal: null,
      annotations: [],
      tool_calls: [],
      audio: null,
      name: 'a',
    };
    const history = [{ role: 'user', content: [], name: null }, answer];
    const sentTo = (quirks: Quirks) => renderChat(callOf({ body: { messages: history } }), quirks)['messages'];
    expect(sentTo(sambanova.quirks)).toEqual([
      { ...history[0], content: '' },
      { role: 'assistant', content: null, name: 'a' },
    ]);
    expect(sentTo(openai.quirks)).toEqual(history);
  });

  describe('where tool_choice is ignored', () => {
    const tools = ['one', 'two'].map((name) => ({ type: 'function', function: { name } }));
    const rendered = (choice: unknown) => {
      const wire = renderChat(callOf({ body: { tools, tool_choice: choice } }), ollama.quirks);
      const last = (wire['messages'] as { role: string; content: string }[]).at(-1)!;
      return { tools: (wire['tools'] as typeof tools | undefined)?.map((tool) => tool.function.name), said: last.role === 'system' ? last.content : '', choice: wire['tool_choice'] }; // prettier-ignore
    };

    it.each<[unknown, string[] | undefined, string]>([
      ['none', undefined, ''],
      ['auto', ['one', 'two'], ''],
      ['required', ['one', 'two'], 'one of the tools'],
      [{ type: 'function', function: { name: 'two' } }, ['two'], 'the tool "two"'],
      [{ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tools[0]] } }, ['one'], ''],
      [{ type: 'allowed_tools', allowed_tools: { mode: 'required', tools } }, ['one', 'two'], 'one of the tools'],
    ])('says %j by other means', (choice, names, words) => {
      const { tools: left, said, choice: forwarded } = rendered(choice);
      expect(left).toEqual(names);
      expect(forwarded).toBeUndefined();
      if (words === '') expect(said).toBe('');
      else expect(said).toContain(words);
    });
  });
});

describe('what a model behind OpenAI’s wire sees and hears', () => {
  const parts = (part: object) => [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, part] }];
  const image = parts({ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } });
  const audio = parts({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } });
  const rendered = (provider: Provider, model: string, given: object[]) =>
    renderChat(callOf({ provider: provider.id, model, body: { messages: given } }), provider.quirks)['messages'];

  it.each(['deepseek-v4-flash-vision-exp', 'deepseek-v4.1-flash', 'deepseek-v5', 'deepseek-v4-flash-vision'])(
    'images go to %s',
    (model) => {
      expect(rendered(deepseek, model, image)).toEqual(image);
    },
  );

  it.each(['deepseek-chat', 'deepseek-reasoner', 'deepseek-v3.2', 'deepseek-v4-flash', 'deepseek-v4-pro'])(
    'no images go to %s',
    (model) => {
      expect(() => rendered(deepseek, model, image)).toThrow('does not support images');
    },
  );

  it('audio goes to Mistral, and is counted as what its prompt tokens leave out', () => {
    expect(rendered(mistral, 'voxtral-small-latest', audio)).toEqual(audio);
    const heard = { prompt_tokens: 9, completion_tokens: 248, total_tokens: 632 };
    expect(parseUsage(heard, mistral.quirks.response)?.tokens).toMatchObject({
      input: 384,
      audioInput: 375,
      output: 248,
    });
    const silent = { prompt_tokens: 9, completion_tokens: 248, total_tokens: 257 };
    expect(parseUsage(silent, mistral.quirks.response)?.tokens).toMatchObject({ input: 9, audioInput: 0, output: 248 });
  });

  it('thoughts of earlier turns go back to OpenRouter under its name for them', () => {
    const turns = (...fields: object[]) => [
      ...fields.map((more) => ({ role: 'assistant', content: 'a', ...more })),
      ...messages,
    ];
    const details = [{ type: 'reasoning.text', text: 'theirs' }];
    const given = turns(
      { reasoning_content: 'mine' },
      { reasoning_content: 'mine', reasoning_details: details },
      { reasoning_content: { a: 1 } },
      {},
    );
    expect(rendered(openrouter, 'x/y', given)).toEqual(
      turns({ reasoning: 'mine' }, { reasoning_details: details }, {}, {}),
    );
  });
});
