import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { MISTRAL_API_KEY: 'key' } });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };

it.each<[string, string, unknown, string | null]>([
  ['no object', 'invalid_json', 'text', null],
  ['no input', 'invalid_parameter', {}, 'input'],
  ['an empty text', 'invalid_parameter', { input: '' }, 'input'],
  ['an empty list', 'invalid_parameter', { input: [] }, 'input'],
  ['a number', 'invalid_parameter', { input: 7 }, 'input'],
  ['an empty text among others', 'invalid_parameter', { input: ['a', ''] }, 'input[1]'],
  ['a part among texts', 'invalid_parameter', { input: ['a', image] }, 'input[1]'],
  ['a text among parts', 'invalid_parameter', { input: [image, 'a'] }, 'input[1]'],
  ['an unknown part', 'invalid_parameter', { input: [{ type: 'audio' }] }, 'input[0]'],
  ['a part without its text', 'invalid_parameter', { input: [{ type: 'text' }] }, 'input[0]'],
  ['an image without its URL', 'invalid_parameter', { input: [{ type: 'image_url', image_url: {} }] }, 'input[0]'],
  ['2049 texts', 'invalid_parameter', { input: Array.from({ length: 2049 }, () => 'a') }, 'input'],
  ['a stream', 'invalid_parameter', { input: 'a', stream: true }, 'stream'],
  ['a bare model', 'invalid_model_ref', { input: 'a', model: 'omni-moderation-latest' }, 'model'],
  ['a provider that judges nothing', 'unsupported_parameter', { input: 'a', model: 'fc:ollama/llama3' }, 'model'],
  ['images where only texts are judged', 'unsupported_parameter', { input: [image], model: 'fc:mistral/mistral-moderation-latest' }, 'input[0]'],
])('%s is %s', async (_, code, body, param) => {
  const response = await ringside.fetch('/v1/moderations', { body: typeof body === 'string' ? JSON.stringify(body) : body });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code, param, type: 'invalid_request_error' } }]);
  expect([ringside.upstream.count, await usageIn(ringside)]).toEqual([0, []]);
}); // prettier-ignore
