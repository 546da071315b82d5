import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { ANTHROPIC_API_KEY: 'key' } });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

const SMALL = 'fc:openai/text-embedding-3-small';

it.each<[string, string, unknown, string | null]>([
  ['no object', 'invalid_json', [], null],
  ['no input', 'invalid_parameter', {}, 'input'],
  ['an empty text', 'invalid_parameter', { input: '' }, 'input'],
  ['an empty list', 'invalid_parameter', { input: [] }, 'input'],
  ['a number', 'invalid_parameter', { input: 7 }, 'input'],
  ['null', 'invalid_parameter', { input: null }, 'input'],
  ['an empty text among others', 'invalid_parameter', { input: ['a', ''] }, 'input[1]'],
  ['a number among texts', 'invalid_parameter', { input: ['a', 1] }, 'input[1]'],
  ['a text among numbers', 'invalid_parameter', { input: [1, 'a'] }, 'input[1]'],
  ['half a token', 'invalid_parameter', { input: [1.5] }, 'input[0]'],
  ['an empty list of tokens', 'invalid_parameter', { input: [[1], []] }, 'input[1]'],
  ['a text among lists of tokens', 'invalid_parameter', { input: [[1], 'a'] }, 'input[1]'],
  ['an object', 'invalid_parameter', { input: [{}] }, 'input[0]'],
  ['2049 texts', 'invalid_parameter', { input: Array.from({ length: 2049 }, () => 'a') }, 'input'],
  ['an unknown encoding', 'invalid_parameter', { input: 'a', encoding_format: 'int8' }, 'encoding_format'],
  ['no dimensions', 'invalid_parameter', { input: 'a', dimensions: 0 }, 'dimensions'],
  ['half a dimension', 'invalid_parameter', { input: 'a', dimensions: 1.5 }, 'dimensions'],
  ['a stream', 'invalid_parameter', { input: 'a', stream: true }, 'stream'],
  ['a bare model', 'invalid_model_ref', { input: 'a', model: 'text-embedding-3-small' }, 'model'],
  ['no model', 'invalid_model_ref', { input: 'a', model: undefined }, 'model'],
  [
    'a provider without embeddings',
    'unsupported_parameter',
    { input: 'a', model: 'fc:anthropic/claude-sonnet-4-5' },
    'model',
  ],
  [
    'token numbers elsewhere than at OpenAI',
    'unsupported_parameter',
    { input: [1], model: 'fc:ollama/nomic-embed-text' },
    'input',
  ],
  ['a user that is no name', 'invalid_parameter', { input: 'a', user: 7 }, 'user'],
])('%s is %s', async (_, code, body, param) => {
  const response = await ringside.fetch('/v1/embeddings', {
    body: Array.isArray(body) ? body : { model: SMALL, ...(body as object) },
  });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { code, param, type: 'invalid_request_error' } },
  ]);
  expect(response.headers.get('x-should-retry')).toBe('false');
  expect([ringside.upstream.count, await usageIn(ringside)]).toEqual([0, []]);
});

it('a refused call gives its hold back', async () => {
  await ringside.fetch('/v1/customers', { body: { external_id: 'capped', monthly_budget_usd: 1 } });
  const body = { model: SMALL, input: 'a', user: 'capped' };
  const refused = await ringside.fetch('/v1/embeddings', {
    body: { ...body, model: 'fc:sandbox/embed', dimensions: 'many' },
  });
  expect(refused.status).toBe(400);
  expect(await ringside.get('/v1/customers/capped')).toMatchObject({ spend_usd_mtd: 0, held_usd: 0 });
});
