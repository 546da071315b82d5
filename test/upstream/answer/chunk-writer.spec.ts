import fc from 'fast-check';
import type { CanonicalEvent } from '../../../src/upstream/canonical.js';
import { ChunkWriter, type EmitterOptions } from '../../../src/upstream/answer/chunk-writer.js';
import { parseUsage } from '../../../src/upstream/protocols/openai/usage.js';
import { chunksIn } from '../calling.js';

const OPTIONS: EmitterOptions = {
  requestId: 'req_0060abcdefghijklmnopqrst',
  model: 'asked-model',
  createdAt: 1_770_000_000,
  includeUsage: false,
  ownId: false,
};
const START: CanonicalEvent = {
  kind: 'start',
  id: 'chatcmpl-1',
  model: 'm',
  created: 1_760_000_000,
  serviceTier: undefined,
  systemFingerprint: 'fp_1',
};
const USAGE: CanonicalEvent = { kind: 'usage', usage: parseUsage({ prompt_tokens: 9, completion_tokens: 2 })! };

/** What the emitter writes for these events and the end. */
function emit(events: readonly CanonicalEvent[], options: Partial<EmitterOptions> = {}): string {
  const emitter = new ChunkWriter({ ...OPTIONS, ...options });
  for (const event of events) emitter.take(event);
  emitter.take({ kind: 'end' });
  return emitter.flush()?.toString() ?? '';
}

const text = (said: string, choice = 0): CanonicalEvent => ({ kind: 'text', choice, text: said });
const finish = (reason: 'stop' | 'length' | 'tool_calls' = 'stop', choice = 0): CanonicalEvent => ({
  kind: 'finish',
  choice,
  reason,
});
const tool = (key: string | number | undefined, name: string, id?: string): CanonicalEvent => ({
  kind: 'tool_start',
  choice: 0,
  key,
  id,
  name,
});
const args = (key: string | number | undefined, piece: string): CanonicalEvent => ({
  kind: 'tool_args',
  choice: 0,
  key,
  text: piece,
});
const deltas = (bytes: string) =>
  chunksIn(bytes).flatMap(({ choices }) => choices.map((choice: { delta: unknown }) => choice.delta));

describe('the emitter', () => {
  it('writes a text stream in the exact bytes of OpenAI', () => {
    const head =
      '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"m","system_fingerprint":"fp_1","choices":[';
    const usage =
      '{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},' +
      '"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}';
    expect(emit([START, text('Hel'), text('lo'), finish(), USAGE], { includeUsage: true })).toBe(
      [
        '{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}',
        '{"index":0,"delta":{"content":"Hel"},"logprobs":null,"finish_reason":null}],"usage":null}',
        '{"index":0,"delta":{"content":"lo"},"logprobs":null,"finish_reason":null}],"usage":null}',
        '{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}',
        `],"usage":${usage}}`,
      ]
        .map((rest) => `data: ${head}${rest}\n\n`)
        .join(''),
    );
  });

  it('shows no usage key at all to a caller who did not ask', () => {
    expect(emit([START, text('Hi'), finish(), USAGE])).not.toContain('usage');
  });

  it('gives the role at once, before there is any text', () => {
    const emitter = new ChunkWriter(OPTIONS);
    emitter.take(START);
    expect(emitter.flush()).toBeUndefined();
    emitter.take({ kind: 'open', choice: 0, content: '' });
    expect(deltas(emitter.flush()!.toString())).toEqual([{ role: 'assistant', content: '', refusal: null }]);
  });

  it('opens with null content when the turn begins with a tool call, and splits a whole call in two', () => {
    const bytes = emit([START, tool(3, 'get_weather', 'call_1'), args(3, '{"city":"Paris"}'), finish()]);
    expect(deltas(bytes)).toEqual([
      { role: 'assistant', content: null },
      { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":"Paris"}' } }] },
      {},
    ]);
    expect(chunksIn(bytes).at(-1).choices[0].finish_reason).toBe('tool_calls');
  });

  it('R33 tool calls are numbered densely, whatever the provider numbers, and empty arguments are completed', () => {
    const bytes = emit([
      text('a'),
      tool(5, 'one', 'x'),
      text('b'),
      args(5, '{}'),
      tool('k', 'two', 'y'),
      args('k', ''),
      text('c'),
      finish(),
    ]);
    const calls = deltas(bytes).flatMap((delta) => (delta as { tool_calls?: object[] }).tool_calls ?? []);
    expect(calls).toEqual([
      { index: 0, id: 'x', type: 'function', function: { name: 'one', arguments: '' } },
      { index: 0, function: { arguments: '{}' } },
      { index: 1, id: 'y', type: 'function', function: { name: 'two', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
    ]);
  });

  it('takes a repeated announcement for the same call, but another id under the same number for another call', () => {
    const bytes = emit([
      tool(0, 'one', 'x'),
      tool(0, 'one', 'x'),
      args(0, '{"a":1}'),
      tool(0, 'two', 'y'),
      args(0, '{"b":2}'),
      finish(),
    ]);
    const calls = deltas(bytes).flatMap(
      (delta) => (delta as { tool_calls?: { index: number; id?: string }[] }).tool_calls ?? [],
    );
    expect(calls.map(({ index, id }) => [index, id])).toEqual([[0, 'x'], [0, undefined], [1, 'y'], [1, undefined]]); // prettier-ignore
  });

  it('gives arguments that name no call to the latest, and takes every start without a key for another call', () => {
    const pieces = [args(undefined, '{"a"'), args(undefined, ':1}')];
    const bytes = emit([
      tool('x', 'one', 'x'),
      ...pieces,
      tool(undefined, 'two'),
      args(undefined, '{"b":2}'),
      tool(undefined, 'two'),
      finish(),
    ]);
    const calls = deltas(bytes).flatMap(
      (delta) => (delta as { tool_calls?: { index: number; function: object }[] }).tool_calls ?? [],
    );
    expect(calls.map(({ index, function: called }) => [index, called])).toEqual([
      [0, { name: 'one', arguments: '' }], [0, { arguments: '{"a"' }], [0, { arguments: ':1}' }],
      [1, { name: 'two', arguments: '' }], [1, { arguments: '{"b":2}' }],
      [2, { name: 'two', arguments: '' }], [2, { arguments: '{}' }],
    ]); // prettier-ignore
  });

  it('tells calls of custom tools in their own form, and leaves their empty text empty', () => {
    const custom = (key: number, id: string): CanonicalEvent => ({
      kind: 'tool_start',
      choice: 0,
      key,
      id,
      name: 'sql',
      isCustom: true,
    });
    const bytes = emit([custom(0, 'a'), args(0, 'select "1"'), custom(1, 'b'), finish()]);
    expect(deltas(bytes).slice(1, -1)).toEqual([
      { tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: '' } }] },
      { tool_calls: [{ index: 0, custom: { input: 'select "1"' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'custom', custom: { name: 'sql', input: '' } }] },
    ]);
    expect(chunksIn(bytes).at(-1).choices[0].finish_reason).toBe('tool_calls');
  });

  it('makes an id for a nameless call and a nameless answer, the same each time', () => {
    const bytes = emit([{ ...START, id: undefined }, tool(0, 'one'), tool(1, 'two')]);
    expect(bytes).toBe(emit([{ ...START, id: undefined }, tool(0, 'one'), tool(1, 'two')]));
    const ids = deltas(bytes).flatMap(
      (delta) => (delta as { tool_calls?: { id?: string }[] }).tool_calls?.map(({ id }) => id) ?? [],
    );
    const given = ids.filter((id) => id !== undefined);
    expect(new Set(given).size).toBe(2);
    for (const id of given) expect(id).toMatch(/^call_[0-9A-Za-z]{24}$/);
    expect(chunksIn(bytes)[0].id).toBe('chatcmpl-0060abcdefghijklmnopqrst');
  });

  it('fixes id, created and model at the first chunk', () => {
    const chunks = chunksIn(
      emit([START, text('a'), { ...START, id: 'other', model: 'n', created: 1 }, text('b'), finish()]),
    );
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`))).toEqual(
      new Set(['chatcmpl-1 1760000000 m']),
    );
  });

  it('answers by our own id where the provider’s is not unique, and by what was asked where it says nothing', () => {
    const [first] = chunksIn(emit([START, text('a')], { ownId: true }));
    expect(first.id).toBe('chatcmpl-0060abcdefghijklmnopqrst');
    expect(chunksIn(emit([text('a')]))[0]).toMatchObject({
      model: 'asked-model',
      created: 1_770_000_000,
      system_fingerprint: null,
    });
  });

  it('says one finish per choice, after everything else of it', () => {
    const bytes = emit([text('a'), finish(), text(' b'), finish(), finish('length'), text('x', 1), finish('stop', 1)]);
    expect(chunksIn(bytes).map(({ choices: [{ index, finish_reason: reason }] }) => [index, reason])).toEqual([
      [0, null], [0, null], [0, null], [1, null], [1, null], [0, 'length'], [1, 'stop'],
    ]); // prettier-ignore
  });

  it('keeps logprobs beside their text, and reasoning and refusals in fields of their own', () => {
    const logprobs = { content: [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }], refusal: null };
    const bytes = emit([{ kind: 'reasoning', choice: 0, text: 'hm' }, { kind: 'text', choice: 0, text: 'a', logprobs }, { kind: 'refusal', choice: 0, text: 'no' }]); // prettier-ignore
    const [, reasoning, said, refusal] = chunksIn(bytes).map(({ choices }) => choices[0]);
    expect(reasoning.delta).toEqual({ reasoning_content: 'hm' });
    expect(said).toEqual({ index: 0, delta: { content: 'a' }, logprobs, finish_reason: null });
    expect(refusal.delta).toEqual({ refusal: 'no' });
  });

  it('gives a choice even if the provider said nothing', () => {
    expect(deltas(emit([START]))).toEqual([{ role: 'assistant', content: '', refusal: null }, {}]);
  });
});

/** A random choice's story; tool keys are as odd as providers make them. */
const story = (choice: number): fc.Arbitrary<CanonicalEvent[]> =>
  fc
    .array(
      fc.oneof(
        fc.string({ maxLength: 5 }).map((said) => [{ kind: 'text', choice, text: said }]),
        fc.string({ maxLength: 5 }).map((said) => [{ kind: 'reasoning', choice, text: said }]),
        fc.constant([{ kind: 'open', choice, content: '' }]),
        fc.constantFrom('stop', 'length', 'tool_calls').map((reason) => [{ kind: 'finish', choice, reason }]),
        fc
          .tuple(
            fc.uuid(),
            fc.boolean(),
            fc.dictionary(fc.string({ maxLength: 3 }), fc.integer(), { maxKeys: 2 }),
            fc.nat(12),
            fc.boolean(),
          )
          .map(([key, named, value, at, ended]) => {
            const json = Object.keys(value).length === 0 ? '' : JSON.stringify(value);
            return [
              { kind: 'tool_start', choice, key, id: named ? `id-${key}` : undefined, name: `tool-${key}` },
              { kind: 'tool_args', choice, key, text: json.slice(0, at) },
              { kind: 'tool_args', choice, key, text: json.slice(at) },
              ...(ended ? [{ kind: 'tool_end', choice, key }] : []),
            ];
          }),
      ),
      { maxLength: 8 },
    )
    .map((pieces) => pieces.flat() as CanonicalEvent[]);

/** Several stories told at once, each in its own order. */
const conversation = fc
  .tuple(
    fc.array(fc.nat(2), { minLength: 60, maxLength: 60 }),
    story(0),
    story(1),
    story(2),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([turns, a, b, c, usage, includeUsage]) => {
    const left = [a, b, c].map((events) => [...events]);
    const told: CanonicalEvent[] = [START];
    for (const turn of turns) told.push(...left[turn]!.splice(0, 1));
    if (usage) told.push(USAGE);
    return { told, includeUsage, usage };
  });

interface Call {
  index: number;
  id?: string;
  function: { name?: string; arguments: string };
}

describe('whatever a provider tells', () => {
  it('R33 a caller sees a well-formed stream that tells the same', () => {
    fc.assert(
      fc.property(conversation, ({ told, includeUsage, usage }) => {
        const chunks = chunksIn(emit(told, { includeUsage }));
        const shown = chunks.filter(({ choices }) => choices.length > 0);
        expect(new Set(chunks.map(({ id, created, model, object }) => `${id}${created}${model}${object}`)).size).toBe(
          1,
        );
        for (const one of shown) expect(one.usage).toBe(includeUsage ? null : undefined);
        expect(chunks.length - shown.length).toBe(includeUsage && usage ? 1 : 0);
        if (includeUsage && usage) expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 11 } });

        const indices = new Set(told.flatMap((event) => ('choice' in event ? [event.choice] : [])));
        for (const index of indices) {
          const mine = shown.map(({ choices }) => choices[0]).filter((choice) => choice.index === index);
          if (mine.length > 0) checkChoice(mine, told.filter((event) => 'choice' in event && event.choice === index)); // prettier-ignore
        }
      }),
      { numRuns: 200 },
    );
  });

  function checkChoice(
    mine: { delta: Record<string, unknown>; finish_reason: string | null }[],
    told: readonly CanonicalEvent[],
  ): void {
    expect(mine.map(({ delta }, i) => 'role' in delta === (i === 0))).not.toContain(false);
    expect(mine.map(({ finish_reason: reason }, i) => (reason !== null) === (i === mine.length - 1))).not.toContain(
      false,
    );
    expect(mine.at(-1)!.delta).toEqual({});
    const said = (field: string) => mine.slice(1).map(({ delta }) => delta[field] ?? '').join(''); // prettier-ignore
    const toldOf = (kind: string) =>
      told.map((event) => (event.kind === kind ? (event as { text: string }).text : '')).join('');
    expect(said('content')).toBe(toldOf('text'));
    expect(said('reasoning_content')).toBe(toldOf('reasoning'));
    expect(mine.slice(1, -1).some(({ delta }) => Object.values(delta).some((value) => value === ''))).toBe(false);

    const calls = mine.flatMap(({ delta }) => (delta['tool_calls'] as Call[] | undefined) ?? []);
    const opened = calls.filter((call) => call.function.name !== undefined);
    expect(opened.map(({ index }) => index)).toEqual(opened.map((_, i) => i));
    const starts = told.filter((event) => event.kind === 'tool_start');
    expect(opened.map((call) => call.function.name)).toEqual(starts.map(({ name }) => name));
    expect(opened.map((call, i) => starts[i]!.id ?? call.id)).toEqual(opened.map(({ id }) => id));
    for (const { index } of opened) {
      const joined = calls.filter((call) => call.index === index).map((call) => call.function.arguments).join(''); // prettier-ignore
      const key = starts[index]!.key;
      const meant = told.map((event) => (event.kind === 'tool_args' && event.key === key ? event.text : '')).join('');
      expect(joined).toBe(meant === '' ? '{}' : meant);
    }
    const reason = told.findLast((event) => event.kind === 'finish')?.reason ?? 'stop';
    expect(mine.at(-1)!.finish_reason).toBe(opened.length > 0 && reason === 'stop' ? 'tool_calls' : reason);
  }
});
