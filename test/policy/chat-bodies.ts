import fc from 'fast-check';
import type { ChatBody } from '../../src/domain/call/call.js';

const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('The weather', ' in Zürich', ' ist schön', '日本語', '\n\n', '  ', '{"city":"Paris"}', '👩‍🚀', '<|im_end|>', '\ud800', 'aaaaaaaaaaaaaaaa'),
); // prettier-ignore
const text = fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 12 })), { maxLength: 5 }).map((runs) => runs.map(([part, times]) => part.repeat(times)).join('')); // prettier-ignore
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/);

const content = fc.oneof(
  text,
  fc.constant(null),
  fc.array(fc.record({ type: fc.constant('text'), text }), { maxLength: 4 }),
);
const call = fc.record({ id: name, type: fc.constant('function'), function: fc.record({ name, arguments: text }) });
const message = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'system', 'developer'), content, name }, { requiredKeys: ['role', 'content'] }),
  fc.record({ role: fc.constant('assistant'), content, refusal: text, tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }) }, { requiredKeys: ['role', 'content'] }),
  fc.record({ role: fc.constant('tool'), tool_call_id: name, content: text }),
); // prettier-ignore

const schema = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constantFrom('string', 'number', 'boolean'), description: text, default: fc.jsonValue({ maxDepth: 1 }) }, { requiredKeys: ['type'] }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }), required: fc.array(name, { maxLength: 2 }) }),
  ),
})).schema; // prettier-ignore
const tool = fc.record({
  type: fc.constant('function'),
  function: fc.record({ name, description: text, parameters: schema }),
});

/** Requests with conversations, tools and schemas of every kind that has a bound. */
export const chatBodies: fc.Arbitrary<ChatBody> = fc.record(
  {
    model: fc.constant('fc:openai/gpt-4o-mini'),
    messages: fc.array(message, { minLength: 1, maxLength: 6 }),
    tools: fc.array(tool, { maxLength: 3 }),
    response_format: fc.record({
      type: fc.constant('json_schema'),
      json_schema: fc.record({ name, schema, strict: fc.boolean() }),
    }),
  },
  { requiredKeys: ['model', 'messages'] },
);

/** Every string value in a value, wherever it stands. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
