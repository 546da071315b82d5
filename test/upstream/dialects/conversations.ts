import fc from 'fast-check';
import type { HeardConversation, HeardItem, HeardTool } from './dialect.js';

/** What conversations to make up: only such as a provider can be asked. */
export interface Askable {
  readonly tools: boolean;
  readonly images: boolean;
}

/** A made-up conversation: the request's fields as OpenAI has them, and what must be heard of them. */
export interface Conversation {
  readonly messages: readonly object[];
  readonly tools: readonly object[] | undefined;
  readonly heard: HeardConversation;
}

interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: object;
  readonly result: unknown;
}

/** An assistant's turn that calls tools; their results stand in the order of `order`. */
interface ToolTurn {
  readonly text: string | null;
  readonly calls: readonly ToolCall[];
  readonly order: readonly ToolCall[];
}

type UserPart = { readonly text: string } | { readonly mime: string; readonly base64: string };

interface Round {
  readonly user: readonly UserPart[];
  /** One text goes out as a string, or as a list of one. */
  readonly asList: boolean;
  readonly turns: readonly ToolTurn[];
  readonly end: string;
}

const text = fc.string({ unit: 'binary', maxLength: 12 });
/** Marked, so that it is found again wherever a provider wants it and however it is joined with its neighbours. */
const marked = fc.oneof({ arbitrary: text, weight: 3 }, { arbitrary: fc.constantFrom('😀👨‍👩‍👧‍👦', 'naïve "quotes" \\ and\ttabs', '<|end|>\n\nUser: no'), weight: 1 })
  .map((inner) => `«${inner.replaceAll(/[«»]/g, '')}»`); // prettier-ignore

const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((name) => name !== '__proto__');
const { value: jsonValue } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3, depthSize: 'small' }, fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true })),
})); // prettier-ignore

/** A JSON object, nested, as it is when it has been JSON once. */
export const jsonObject: fc.Arbitrary<object> = fc
  .dictionary(key, jsonValue, { maxKeys: 4, noNullPrototype: true })
  .map((value) => JSON.parse(JSON.stringify(value)) as object);

const toolName = fc.stringMatching(/^[a-z_][a-zA-Z0-9_]{0,20}$/);
const callId = fc.stringMatching(/^(call_|toolu_|)[a-zA-Z0-9]{9,24}$/);
const parameters = fc
  .dictionary(
    toolName,
    fc.constantFrom({ type: 'string' }, { type: 'number' }, { type: 'array', items: { type: 'boolean' } }),
    {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    },
  )
  .map((properties) => ({ type: 'object', properties, required: Object.keys(properties).slice(0, 1) }));
const tool: fc.Arbitrary<HeardTool> = fc.record({
  name: toolName,
  description: fc.option(marked, { nil: undefined }),
  parameters,
});

const image = fc.record({
  mime: fc.constantFrom('image/png', 'image/jpeg', 'image/gif', 'image/webp'),
  base64: fc.uint8Array({ minLength: 3, maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64')),
});

function toolTurn(names: readonly string[]): fc.Arbitrary<ToolTurn> {
  const call = fc.record({
    id: callId,
    name: fc.constantFrom(...names),
    args: jsonObject,
    result: fc.oneof(marked, jsonObject),
  });
  return fc.uniqueArray(call, { minLength: 1, maxLength: 3, selector: ({ id }) => id }).chain((calls) =>
    fc.record({
      text: fc.option(marked, { nil: null }),
      calls: fc.constant(calls),
      order: fc.shuffledSubarray(calls, { minLength: calls.length }),
    }),
  );
}

/** Texts come before images, which is the only order that every provider keeps. */
function userParts(images: boolean): fc.Arbitrary<UserPart[]> {
  const texts = fc.array(fc.record({ text: marked }), { minLength: 1, maxLength: 2 });
  const pictures = fc.array(image, { maxLength: images ? 2 : 0 });
  return fc.tuple(texts, pictures).map(([said, shown]) => [...said, ...shown]);
}

/**
 * Made-up conversations: system and developer messages, users with texts and images, tool turns, and what the assistant
 * said then.
 */
export function conversations({ tools, images }: Askable): fc.Arbitrary<Conversation> {
  const defined = fc.uniqueArray(tool, {
    minLength: tools ? 1 : 0,
    maxLength: tools ? 3 : 0,
    selector: ({ name }) => name,
  });
  return defined.chain((known) => {
    const names = known.map(({ name }) => name);
    const turns = names.length === 0 ? fc.constant([]) : fc.array(toolTurn(names), { maxLength: 2 });
    const round = fc.record({ user: userParts(images), asList: fc.boolean(), turns, end: marked });
    return fc
      .record({
        system: fc.array(fc.tuple(fc.constantFrom('system', 'developer'), marked), { maxLength: 2 }),
        rounds: fc.array(round, { minLength: 1, maxLength: 3 }),
      })
      .filter(({ rounds }) => haveOwnIds(rounds))
      .map(({ system, rounds }) => ({
        messages: [...system.map(([role, content]) => ({ role, content })), ...rounds.flatMap((one, no) => messagesOf(one, no === rounds.length - 1))],
        tools: known.length === 0 ? undefined : known.map((one) => ({ type: 'function', function: one })),
        heard: { system: system.map(([, said]) => said), items: rounds.flatMap((one, no) => itemsOf(one, no === rounds.length - 1)), tools: known },
      })); // prettier-ignore
  });
}

function haveOwnIds(rounds: readonly Round[]): boolean {
  const ids = rounds.flatMap(({ turns }) => turns.flatMap(({ calls }) => calls.map(({ id }) => id)));
  return new Set(ids).size === ids.length;
}

/** The last round has no last word: that is what is asked for. */
function messagesOf({ user, asList, turns, end }: Round, isLast: boolean): object[] {
  const [first, ...others] = user;
  const plain = others.length === 0 && !asList && first !== undefined && 'text' in first;
  const parts = user.map((part) =>
    'text' in part
      ? { type: 'text', text: part.text }
      : { type: 'image_url', image_url: { url: `data:${part.mime};base64,${part.base64}` } },
  );
  return [
    { role: 'user', content: plain ? first.text : parts },
    ...turns.flatMap(({ text: content, calls, order }) => [
      {
        role: 'assistant',
        content,
        tool_calls: calls.map(({ id, name, args }) => ({
          id,
          type: 'function',
          function: { name, arguments: JSON.stringify(args) },
        })),
      },
      ...order.map(({ id, result }) => ({
        role: 'tool',
        tool_call_id: id,
        content: typeof result === 'string' ? result : JSON.stringify(result),
      })),
    ]),
    ...(isLast ? [] : [{ role: 'assistant', content: end }]),
  ];
}

function itemsOf({ user, turns, end }: Round, isLast: boolean): HeardItem[] {
  return [
    ...user.map((part): HeardItem =>
      'text' in part ? { kind: 'text', by: 'user', text: part.text } : { kind: 'image', ...part },
    ),
    ...turns.flatMap(({ text: said, calls, order }): HeardItem[] => [
      ...(said === null ? [] : [{ kind: 'text', by: 'assistant', text: said } as const]),
      ...calls.map(({ id, name, args }) => ({ kind: 'call', id, name, args }) as const),
      ...order.map(({ id, result }) => ({ kind: 'result', id, said: result }) as const),
    ]),
    ...(isLast ? [] : [{ kind: 'text', by: 'assistant', text: end } as const]),
  ];
}
