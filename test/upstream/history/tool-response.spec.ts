import { asking } from '../asking.js';

const { sent } = asking();

const historyOf = (content: unknown) => [
  { role: 'user', content: 'Read it.' },
  { role: 'assistant', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: '{}' } }] },
  { role: 'tool', tool_call_id: 'c1', content },
];

/** The response that Gemini gets for what a tool gave. */
async function responseTo(content: unknown, model = 'gemini-2.5-flash'): Promise<unknown> {
  const { contents } = await sent(`google/${model}`, { messages: historyOf(content) });
  return contents[2].parts[0].functionResponse.response;
}

describe('a tool’s result for Gemini', () => {
  const PET = '{"schema":{"$ref":"#/components/schemas/Pet"}}';

  it('B1 goes out as text where it holds a reference of its own', async () => {
    expect(await responseTo(PET)).toEqual({ result: PET });
    expect(await responseTo([{ type: 'text', text: PET }], 'gemini-3-pro-preview')).toEqual({ result: PET });
  });

  it.each([
    ['deep in a list', JSON.stringify({ paths: [{ get: { responses: [[{ $ref: '#/x' }]] } }] })],
    ['in a list', '[{"$ref":"#/a"}]'],
    ['that is no text', '{"a":{"$ref":{"b":1}}}'],
    ['at the end of a long nesting', `${'{"a":'.repeat(90)}{"$ref":"#"}${'}'.repeat(90)}`],
    ['an output beside more', '{"output":"a","exit_code":1}'],
    ['an error beside more', '{"error":"a","status":404}'],
  ])('B1 goes out as text with words of the API’s in it: %s', async (_, content) => {
    expect(await responseTo(content)).toEqual({ result: content });
  });

  it.each([
    ['an id of 19 digits', '{"id":2512292042121000001}'],
    ['one deep in it', '{"a":[{"b":9007199254740993}]}'],
    ['one alone', '9007199254740993'],
    ['a number that is too large', '[1e400]'],
  ])('B5 goes out as text with numbers that no double is, as which the API keeps them all: %s', async (_, content) => {
    expect(await responseTo(content)).toEqual({ result: content });
  });

  it.each([
    ['numbers in other words', '{"a":[1.0,1e2,0.1,-0]}', { a: [1, 100, 0.1, -0] }],
    ['an object', '{"a":{"ref":1}}', { a: { ref: 1 } }],
    ['a reference in words', '{"a":"$ref"}', { a: '$ref' }],
    ['an error alone', '{"error":"not found"}', { error: 'not found' }],
    ['an output alone', '{"output":[1]}', { output: [1] }],
    ['words deeper in', '{"a":{"output":1,"b":2}}', { a: { output: 1, b: 2 } }],
    ['a list', '[1,2]', { result: [1, 2] }],
    ['a text', 'fine', { result: 'fine' }],
    ['JSON that was cut', '{"$ref":', { result: '{"$ref":' }],
  ])('B1 goes out as it is without: %s', async (_, content, response) => {
    expect(await responseTo(content)).toEqual(response);
  });

  it('B1 is text at every other provider, whatever it holds', async () => {
    const messages = historyOf(PET);
    const anthropic = await sent('anthropic/claude-sonnet-4-5', { messages });
    expect(anthropic.messages[2].content[0].content).toBe(PET);
    const bedrock = await sent('bedrock/amazon.nova-pro-v1:0', { messages });
    expect(bedrock.messages[2].content[0].toolResult.content).toEqual([{ text: PET }]);
    for (const reference of [
      'cohere/command-a-03-2025',
      'mistral/mistral-small-latest',
      'groq/llama-3.3-70b-versatile',
    ]) {
      expect((await sent(reference, { messages })).messages[2].content).toBe(PET);
    }
  });
});
