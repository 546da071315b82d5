import { objectsIn } from './sse-answer.js';

// Answers are looked at before it is known that they have any shape at all.
// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

/** What an answer says, whole or streamed, in the same words for both. */
export interface ToldAnswer {
  readonly content: string | null;
  readonly reasoning: string | undefined;
  readonly refusal: string | null;
  readonly toolCalls: readonly ToldCall[];
  readonly finishReason: string | null;
  readonly model: string | undefined;
  readonly usage: Any;
  readonly annotations: readonly unknown[];
  readonly choices: number;
}

/** A tool call of it; `arguments` is parsed. */
export interface ToldCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
  readonly extra: unknown;
}

const PROMPT_DETAILS = ['cached_tokens', 'audio_tokens', 'text_tokens', 'image_tokens', 'cache_write_tokens'];
const COMPLETION_DETAILS = [
  'reasoning_tokens',
  'audio_tokens',
  'text_tokens',
  'accepted_prediction_tokens',
  'rejected_prediction_tokens',
];

/** Fails unless a JSON answer has OpenAI's keys and no others, in its order. */
export function expectCompletionShape(bytes: string): void {
  const answer = JSON.parse(bytes) as Any;
  expect(bytes).toBe(JSON.stringify(answer));
  expectKeys(answer, ['id', 'object', 'created', 'model', 'choices', 'usage?', 'service_tier?', 'system_fingerprint?']);
  expectHead(answer, 'chat.completion');
  for (const [position, choice] of answer.choices.entries()) {
    expectKeys(choice, ['index', 'message', 'logprobs', 'finish_reason']);
    expect(choice.index).toBe(position);
    expectKeys(choice.message, ['role', 'content', 'reasoning_content?', 'tool_calls?', 'refusal', 'annotations?']);
    expect(choice.message.role).toBe('assistant');
    expectReasoning(choice.message);
    if ('tool_calls' in choice.message) expect(choice.message.tool_calls).not.toEqual([]);
    for (const call of choice.message.tool_calls ?? []) {
      expectKeys(call, ['id', 'type', 'function', 'extra_content?']);
      expectKeys(call.function, ['name', 'arguments']);
      expect(call).toMatchObject({
        id: expect.stringMatching(/./),
        type: 'function',
        function: { name: expect.stringMatching(/./) },
      });
    }
  }
  if (answer.usage) expectUsageShape(answer.usage);
}

/** Fails unless the chunks of a stream that was finished, or of one that was `broken`, are laid out as OpenAI's are. */
export function expectChunkShape(
  bytes: string,
  { includeUsage, broken = false }: { includeUsage: boolean; broken?: boolean },
): void {
  const chunks = objectsIn(bytes);
  expect(bytes).toBe(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
  const usageChunks = chunks.filter(({ choices }) => choices.length === 0);
  const rest = chunks.filter(({ choices }) => choices.length > 0);
  const [first] = chunks;
  for (const chunk of chunks) {
    expectKeys(chunk, [
      'id',
      'object',
      'created',
      'model',
      'service_tier?',
      'system_fingerprint?',
      'choices',
      includeUsage ? 'usage' : '',
    ]);
    expectHead(chunk, 'chat.completion.chunk');
    expect([chunk.id, chunk.created, chunk.model]).toEqual([first.id, first.created, first.model]);
  }
  for (const chunk of rest) {
    expect(chunk.choices).toHaveLength(1);
    if (includeUsage) expect(chunk.usage).toBeNull();
  }
  expect(usageChunks.length).toBeLessThanOrEqual(includeUsage && !broken ? 1 : 0);
  if (usageChunks.length > 0) {
    expect(chunks.at(-1)).toBe(usageChunks[0]);
    expectUsageShape(usageChunks[0].usage);
  }
  for (const index of new Set(rest.map(({ choices: [choice] }) => choice.index))) {
    const choices = rest.map(({ choices: [choice] }) => choice).filter((choice) => choice.index === index);
    expectChoiceShape(choices, broken);
  }
}

/**
 * One role, first and alone; one finish, last and alone; tool calls opened once each, in their order, before their
 * arguments.
 */
function expectChoiceShape(choices: readonly Any[], broken: boolean): void {
  const opened: string[] = [];
  for (const [position, choice] of choices.entries()) {
    expectKeys(choice, ['index', 'delta', 'logprobs', 'finish_reason']);
    const { delta } = choice;
    if (position === 0) {
      expect([
        { role: 'assistant', content: '', refusal: null },
        { role: 'assistant', content: null },
      ]).toContainEqual(delta);
    } else expectKeys(delta, ['content?', 'reasoning_content?', 'refusal?', 'tool_calls?']);
    const isLast = position === choices.length - 1;
    if (isLast && !broken) {
      expect(delta).toEqual({});
      expect(['stop', 'length', 'tool_calls', 'content_filter']).toContain(choice.finish_reason);
    } else {
      expect(choice.finish_reason).toBeNull();
      if (position > 0) expect(Object.keys(delta)).toHaveLength(1);
    }
    expectReasoning(delta);
    if (position > 0 && choice.logprobs === null) {
      for (const field of ['content', 'refusal']) if (field in delta) expect(delta[field]).toMatch(/[^]/);
    }
    if (delta.tool_calls) expectToolDelta(delta.tool_calls, opened);
  }
}

function expectToolDelta(calls: readonly Any[], opened: string[]): void {
  expect(calls).toHaveLength(1);
  const [call] = calls;
  if (call.index === opened.length) {
    expectKeys(call, ['index', 'id', 'type', 'function', 'extra_content?']);
    expect(call.function).toEqual({ name: expect.stringMatching(/./), arguments: '' });
    expect(call).toMatchObject({ id: expect.stringMatching(/./), type: 'function' });
    opened.push(call.id);
  } else {
    expectKeys(call, ['index', 'function']);
    expectKeys(call.function, ['arguments']);
    expect(call.index).toBeLessThan(opened.length);
    expect(call.function.arguments).toMatch(/[^]/);
  }
  expect(new Set(opened).size).toBe(opened.length);
}

/** What a JSON answer says. */
export function toldByCompletion(bytes: string): ToldAnswer {
  const { model, choices, usage } = JSON.parse(bytes) as Any;
  const [{ message, finish_reason }] = choices;
  return {
    content: message.content,
    reasoning: message.reasoning_content,
    refusal: message.refusal ?? null,
    toolCalls: (message.tool_calls ?? []).map(toldCall),
    finishReason: finish_reason,
    model,
    usage,
    annotations: message.annotations ?? [],
    choices: choices.length,
  };
}

/** What the chunks of a stream say together; lenient, since the dialect may be OpenAI's own. */
export function toldByChunks(bytes: string): ToldAnswer {
  const chunks = objectsIn(bytes);
  const first = chunks.flatMap(({ choices }) => choices.filter((choice: Any) => choice.index === 0));
  const joined = (field: string) => {
    const pieces = first.map(({ delta }) => delta?.[field]).filter((piece) => typeof piece === 'string');
    return pieces.length === 0 ? null : pieces.join('');
  };
  const calls: Any[] = [];
  for (const piece of first.flatMap(({ delta }) => delta?.tool_calls ?? [])) {
    const call = (calls[piece.index] ??= { ...piece, function: { ...piece.function, arguments: '' } });
    call.function.arguments += piece.function.arguments;
  }
  return {
    content: calls.length > 0 ? joined('content') || null : joined('content'),
    reasoning: joined('reasoning_content') ?? undefined,
    refusal: joined('refusal'),
    toolCalls: calls.map(toldCall),
    finishReason: first.map(({ finish_reason }) => finish_reason).find((reason) => reason) ?? null,
    model: chunks[0]?.model,
    usage: chunks.findLast(({ usage }) => usage)?.usage,
    annotations: [],
    choices: new Set(chunks.flatMap(({ choices }) => choices.map((choice: Any) => choice.index))).size,
  };
}

function toldCall({ id, function: { name, arguments: args }, extra_content }: Any): ToldCall {
  return { id, name, arguments: JSON.parse(args), extra: extra_content };
}

function expectHead(head: Any, object: string): void {
  expect(head.object).toBe(object);
  expect(head.id).toMatch(/./);
  expect(head.model).toMatch(/./);
  expect(Number.isSafeInteger(head.created) && head.created > 0).toBe(true);
}

/** It is left out where there is none. */
function expectReasoning(part: Any): void {
  if ('reasoning_content' in part) expect(part.reasoning_content).toMatch(/[^]/);
}

function expectUsageShape(usage: Any): void {
  expectKeys(usage, [
    'prompt_tokens',
    'completion_tokens',
    'total_tokens',
    'prompt_tokens_details',
    'completion_tokens_details',
  ]);
  const { prompt_tokens_details: prompt, completion_tokens_details: completion, ...totals } = usage;
  for (const name of Object.keys(prompt)) expect(PROMPT_DETAILS).toContain(name);
  for (const name of Object.keys(completion)) expect(COMPLETION_DETAILS).toContain(name);
  for (const count of [...Object.values(totals), ...Object.values(prompt), ...Object.values(completion)]) {
    expect(Number.isSafeInteger(count) && (count as number) >= 0).toBe(true);
  }
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  expect(prompt.cached_tokens).toBeLessThanOrEqual(usage.prompt_tokens);
  expect(completion.reasoning_tokens).toBeLessThanOrEqual(usage.completion_tokens);
}

/** Exactly these keys, in this order; those with a question mark may be missing. */
function expectKeys(object: Any, keys: readonly string[]): void {
  const given = Object.keys(object);
  const allowed = keys.map((key) => key.replace('?', '')).filter((key) => key !== '');
  const needed = keys.filter((key) => key !== '' && !key.endsWith('?'));
  expect(given.filter((key) => needed.includes(key))).toEqual(needed);
  expect(given).toEqual(allowed.filter((key) => given.includes(key)));
}
