/**
 * `npm run new:provider <id>`: begins a provider. It writes its file, its line in the registry, a fixture for each case
 * the suite wants, and its place in docs/providers.md. The fixtures fail until they show what their case is about.
 *
 * --protocol FAMILY   the wire family it speaks; openai-chat when left out
 * --base-url URL      where it is; its tests fail until that is known
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as prettier from 'prettier';
import { CASE_STREAMS } from './provider-case-names.ts';

/** What differs by wire family in a provider's file: what it imports, and its fields, as code. */
const FAMILIES: Readonly<Record<string, readonly [imports: string, fields: string]>> = {
  'openai-chat': ['', `reach: 'network', chatPath: '/chat/completions', auth: 'bearer'`],
  'anthropic-messages': [
    '',
    `reach: 'network', chatPath: '/v1/messages', auth: { header: 'x-api-key' }, headers: { 'anthropic-version': '2023-06-01' }`,
  ],
  gemini: [
    `import { chatPath } from '../protocols/gemini/model-path.js';\n`,
    `reach: 'network', chatPath, auth: { header: 'x-goog-api-key' }`,
  ],
  'cohere-v2': ['', `reach: 'network', chatPath: '/v2/chat', auth: 'bearer'`],
  'bedrock-converse': [
    '',
    `reach: 'network', chatPath: (model, isStream) => \`/model/\${encodeURIComponent(model)}/\${isStream ? 'converse-stream' : 'converse'}\`, auth: 'aws'`,
  ],
  replicate: ['', `reach: 'predictions', chatPath: (model) => \`/v1/models/\${model}/predictions\`, auth: 'bearer'`],
};

const USAGE = `usage: npm run new:provider <id> -- [--protocol ${Object.keys(FAMILIES).join('|')}] [--base-url URL]`;

/** The place in the registry and on the page that new providers come before. */
const LAST = 'sandbox';

const MESSAGES = [{ role: 'user', content: 'Name a river in Norway.' }];
const TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const CALLED = [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }];
const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
};
const shown = (url: string) => [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url } }] }]; // prettier-ignore

/** What the requests of some cases hold beside a plain question, or in its place. */
const ASKED: Readonly<Record<string, object>> = {
  'tool-call': { tools: [TOOL] },
  'tool-call-stream': { tools: [TOOL] },
  'parallel-tools-stream': { tools: [TOOL] },
  'tool-no-arguments': { tools: [{ type: 'function', function: { name: 'get_time' } }] },
  'tool-result': {
    messages: [...MESSAGES, { role: 'assistant', content: null, tool_calls: CALLED }, { role: 'tool', tool_call_id: 'call_1', content: '3 °C' }],
    tools: [TOOL],
  },
  vision: { messages: shown('data:image/png;base64,iVBORw0KGgo=') },
  'vision-url': { messages: shown('https://example.com/river.png') },
  schema: { response_format: { type: 'json_schema', json_schema: { name: 'river', schema: SCHEMA, strict: true } } },
  length: { max_completion_tokens: 5 },
}; // prettier-ignore

/** A fixture with its request and nothing else. */
function stub(name: string, isStream: boolean): object {
  const body = { messages: MESSAGES, ...(isStream && { stream: true }), ...ASKED[name] };
  return {
    about: '',
    call: { model: '', body },
    upstream: [],
    expect: { content: null, finish_reason: '', model: '', usage: null },
  };
}

function providerFile(id: string, protocol: string, baseUrl: string): string {
  const variable = id.toUpperCase();
  const [imports, fields] = FAMILIES[protocol]!;
  return `${imports}import type { Provider } from '../provider.js';

/** The rules for ${id} in docs/providers.md, as data. */
export const ${id}: Provider = {
  id: '${id}', protocol: '${protocol}', defaultBaseUrl: '${baseUrl}', ${fields},
  keyVariables: ['${variable}_API_KEY'], baseUrlVariables: ['${variable}_BASE_URL'], keyOptional: false,
  quirks: { request: {}, response: {}, limits: {}, errors: {} },
  sizes: [],
};
`;
}

/** The registry with the provider's two places in it. */
function registered(index: string, id: string): string {
  const imports = index.replace(/^import \{ sandbox \}/m, `import { ${id} } from './${id}.js';\n$&`);
  return imports.replace(/(PROVIDERS[^=]*= \[[^\]]*?)\bsandbox\b/, `$1${id}, ${LAST}`);
}

/** The page with the provider's row and section in it. */
function documented(page: string, id: string, baseUrl: string): string {
  const variable = id.toUpperCase();
  const row = `| \`${id}\` | \`${variable}_API_KEY\` | \`${variable}_BASE_URL\`, else \`${baseUrl}\` |\n`;
  return page
    .replace(/^\| `sandbox`/m, `${row}$&`)
    .replace(/^## sandbox$/m, `## ${id}\n\nDropped: –. Refused: –.\n\n$&`);
}

/** Prettier's way, with the rules of the folder that it stands in. */
async function write(path: string, text: string): Promise<void> {
  writeFileSync(path, await prettier.format(text, { ...(await prettier.resolveConfig(path)), filepath: path }));
}

/**
 * Begins a provider in a checkout.
 * @param root the checkout's folder
 * @param args the arguments of the command
 * @returns what to do next
 * @throws Error that says what is wrong with the arguments; then nothing has been written
 */
export async function beginProvider(root: string, args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { protocol: { type: 'string', default: 'openai-chat' }, 'base-url': { type: 'string' } },
  });
  const [id, ...more] = positionals;
  const { protocol, 'base-url': baseUrl = `https://${id}.invalid/v1` } = values;
  if (id === undefined || more.length > 0 || !/^[a-z]+$/.test(id))
    throw new Error(`a provider's id is made of the letters a to z; ${USAGE}`);
  if (!Object.hasOwn(FAMILIES, protocol)) throw new Error(`there is no wire family "${protocol}"; ${USAGE}`);
  if (!URL.canParse(baseUrl)) throw new Error(`"${baseUrl}" is no URL; ${USAGE}`);
  const file = join(root, 'src/upstream/providers', `${id}.ts`);
  if (existsSync(file)) throw new Error(`there is a provider "${id}" already`);

  const index = join(root, 'src/upstream/providers/index.ts');
  const page = join(root, 'docs/providers.md');
  const fixtures = join(root, 'test/fixtures/providers', id);
  await write(file, providerFile(id, protocol, baseUrl));
  await write(index, registered(readFileSync(index, 'utf8'), id));
  await write(page, documented(readFileSync(page, 'utf8'), id, baseUrl));
  mkdirSync(fixtures, { recursive: true });
  for (const [name, isStream] of Object.entries(CASE_STREAMS)) {
    writeFileSync(join(fixtures, `${name}.json`), `${JSON.stringify(stub(name, isStream), null, 2)}\n`);
  }
  return `${id} is begun; what it still needs says: npm test -- test/upstream/provider-suite.spec.ts -t ${id}`;
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await beginProvider(process.cwd(), process.argv.slice(2))}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
