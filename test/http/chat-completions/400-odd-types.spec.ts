import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { ScriptedUpstream } from '../../support/scripted-upstream.js';

/** What every object of JavaScript has. */
const WORDS = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'];

/** Objects that become no text. */
const NO_TEXT: readonly unknown[] = [
  { toString: 1 },
  { toString: null, valueOf: null },
  { toString: { toString: 1 } },
  [[{ toString: 1 }]],
  { toJSON: 1 },
];

const TEXT = [{ role: 'user', content: 'Hi' }];
const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };

let ringside: Ringside;
beforeAll(async () => {
  const upstream = await ScriptedUpstream.start();
  await upstream.close();
  // All wires lead to a port where nobody is: what is asked below never leaves.
  const nowhere = new URL(upstream.url).origin;
  const keys = {
    ANTHROPIC_API_KEY: 'k',
    GEMINI_API_KEY: 'k',
    COHERE_API_KEY: 'k',
    AWS_BEARER_TOKEN_BEDROCK: 'k',
    REPLICATE_API_TOKEN: 'k',
  };
  const places = {
    ANTHROPIC_BASE_URL: nowhere,
    GOOGLE_GEMINI_BASE_URL: nowhere,
    COHERE_BASE_URL: nowhere,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: nowhere,
    REPLICATE_BASE_URL: nowhere,
  };
  ringside = await Ringside.start({ env: { ...keys, ...places } });
}, 30_000);
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

const TRANSLATED = [
  'fc:anthropic/claude-sonnet-4-5',
  'fc:anthropic/claude-opus-4-7',
  'fc:google/gemini-2.5-flash',
  'fc:cohere/command-a-reasoning-08-2025',
  'fc:bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0',
  'fc:bedrock/openai.gpt-oss-20b-1:0',
];

async function refused(body: Record<string, unknown>, param: RegExp): Promise<void> {
  const response = await ringside.chat({ messages: TEXT, ...body });
  const { error } = (await response.json()) as { error: { code: string; param: string } };
  expect([JSON.stringify(body).slice(0, 500), response.status, error]).toMatchObject([
    expect.anything(),
    400,
    { param: expect.stringMatching(param) },
  ]);
  expect(['invalid_parameter', 'unsupported_parameter']).toContain(error.code);
}

it.each(TRANSLATED)('S15 an effort that is a name of every object’s, or no text, is refused: %s', async (model) => {
  for (const reasoning_effort of [...WORDS, ...NO_TEXT, 1, true])
    await refused({ model, reasoning_effort }, /^reasoning_effort$/);
});

it.each([...TRANSLATED, 'fc:replicate/meta/meta-llama-3-70b-instruct'])(
  'S15 a part, role, tool call or format that is none is refused: %s',
  async (model) => {
    for (const odd of [...WORDS, ...NO_TEXT]) {
      await refused(
        { model, messages: [{ role: 'user', content: [{ type: odd, text: 'x' }] }] },
        /^messages\[0\]\.content/,
      );
      await refused(
        {
          model,
          messages: [...TEXT, { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: odd, function: {} }] }],
        },
        /tool_calls/,
      );
      await refused(
        {
          model,
          messages: [
            ...TEXT,
            { role: 'assistant', content: null, tool_calls: [{ id: odd, function: { name: odd } }] },
            { role: 'tool', tool_call_id: { toString: 1 } },
          ],
        },
        /messages|tool/,
      );
    }
    for (const odd of NO_TEXT) {
      await refused(
        { model, messages: [{ role: 'user', content: [{ type: 'text', text: odd }] }] },
        /^messages\[0\]\.content\[0\]$/,
      );
      await refused(
        { model, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: odd, text: odd }] }] },
        /image_url|content/,
      );
      if (!Array.isArray(odd))
        await refused({ model, messages: [{ role: 'user', content: odd }] }, /^messages\[0\]\.content$/);
    }
    for (const role of WORDS) await refused({ model, messages: [{ role, content: 'x' }] }, /^messages\[0\]/);
  },
);

it.each(TRANSLATED)('S15 a tool or a choice that is none is refused: %s', async (model) => {
  for (const name of [...NO_TEXT, null, 1]) {
    await refused({ model, tools: [{ type: 'function', function: { name } }] }, /^tools/);
    await refused({ model, tools: [TOOL], tool_choice: { type: 'function', function: { name } } }, /^tool_choice$/);
  }
  for (const tool_choice of [...WORDS, ...WORDS.map((name) => ({ type: 'function', function: { name } }))])
    await refused({ model, tools: [TOOL], tool_choice }, /^tool_choice$/);
});

it('S15 a choice that is none is refused where choices are told in words, and so are tools without a name', async () => {
  for (const tool_choice of [...WORDS, ...NO_TEXT, { type: 'function', function: { name: { toString: 1 } } }])
    await refused({ model: 'fc:ollama/llama3.2', tools: [TOOL], tool_choice }, /^tool_choice$/);
  const tools = NO_TEXT.map((name) => ({ type: 'function', function: { name, parameters: { required: NO_TEXT } } }));
  const response = await ringside.chat({ model: 'fc:sandbox/echo', messages: TEXT, tools });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'tools[0].function.name' } }]);
});

it('S15 the sandbox answers by a schema and tools with the names of every object’s properties', async () => {
  const required = ['constructor', '__proto__', 'toString', { toString: 1 }];
  const schema = {
    type: 'object',
    properties: { toString: { type: 'string' } },
    required,
    allOf: [{ $ref: '#/__proto__' }, { $ref: '#/constructor' }],
  };
  const response = await ringside.chat({
    model: 'fc:sandbox/echo',
    messages: TEXT,
    tools: [{ type: 'function', function: { name: 'constructor', parameters: schema } }],
  });
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { choices: [{ message: { tool_calls: [{ function: { name: 'constructor' } }] } }] },
  ]);
});
