import { asking } from '../asking.js';

const { sent } = asking();

const POINT = {
  type: 'object',
  properties: { x: { type: 'number' }, next: { $ref: '#/$defs/Point' } },
  required: ['x'],
};

/** The parameters that a provider gets for a tool's. */
async function parametersSent(reference: string, parameters: object): Promise<unknown> {
  const tools = [{ type: 'function', function: { name: 'move', parameters } }];
  const request = await sent(reference, { messages: [{ role: 'user', content: 'Go.' }], tools });
  const [tool] = request.toolConfig?.tools ?? request.tools;
  return (
    tool.input_schema ??
    tool.toolSpec?.inputSchema.json ??
    tool.functionDeclarations?.[0].parametersJsonSchema ??
    tool.function.parameters
  );
}

describe('parameters that refer to one of their own definitions', () => {
  const WIRES = [
    'anthropic/claude-opus-5',
    'google/gemini-2.5-flash',
    'cohere/command-a-03-2025',
    'bedrock/amazon.nova-pro-v1:0',
  ];

  it.each(WIRES)('go to %s as that definition', async (reference) => {
    const defs = { $defs: { Point: POINT } };
    expect(await parametersSent(reference, { $ref: '#/$defs/Point', ...defs })).toEqual({ ...POINT, ...defs });
    const twice = { definitions: { A: { $ref: '#/definitions/B' }, B: POINT } };
    expect(await parametersSent(reference, { $ref: '#/definitions/A', ...twice })).toEqual({ ...POINT, ...twice });
  });

  it.each([
    ['to nothing', { $ref: '#/$defs/None', $defs: {} }],
    ['to what every object has', { $ref: '#/$defs/constructor', $defs: {} }],
    ['elsewhere', { $ref: 'https://x.example/schema' }],
    ['to no schema', { $ref: '#/$defs/A', $defs: { A: 5 } }],
    ['in a circle', { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } }],
  ])('stay as they are where they lead %s', async (_, parameters) => {
    expect(await parametersSent('anthropic/claude-opus-5', parameters)).toMatchObject({
      ...parameters,
      type: 'object',
    });
  });
});
