import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { OPENAI_API_KEY: '' } });
});
afterAll(async () => {
  await expectClosedBooks(ringside);
  await ringside.stop();
});

const messages = [{ role: 'user', content: 'Hi' }];
const echo = { model: 'fc:sandbox/echo', messages };

/** A refusal: the envelope and nothing else, nothing upstream, nothing in the book. */
async function expectRefused(body: unknown, code: string, param: string | null, headers?: Record<string, string>) {
  const booked = (await usageIn(ringside)).length;
  const response = await ringside.fetch('/v1/chat/completions', { body, headers });
  expect(response.status).toBe(400);
  const answer = (await response.json()) as { readonly error: { readonly message: string } };
  expect(answer).toEqual({ error: { message: expect.any(String), type: 'invalid_request_error', code, param } });
  expect(response.headers.get('x-should-retry')).toBe('false');
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  expect(ringside.upstream.count).toBe(0);
  expect(await usageIn(ringside)).toHaveLength(booked);
  return answer.error.message;
}

describe('POST /v1/chat/completions refuses', () => {
  it.each([
    ['a body that is not JSON', '{"model":'],
    ['an empty body', ''],
    ['JSON that is not an object', '[1]'],
    ['null', 'null'],
    ['a string', '"hi"'],
    ['a body nested a million levels deep', `{"messages":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
  ])('%s as invalid_json', async (_, body) => {
    await expectRefused(body, 'invalid_json', null);
  });

  it('a body that is not UTF-8 as invalid_json', async () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"fc:sandbox/echo","messages":[{"role":"user","content":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}]}'),
    ]);
    await expectRefused(body, 'invalid_json', null);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no messages', { model: 'fc:sandbox/echo' }, 'messages'],
    ['empty messages', { ...echo, messages: [] }, 'messages'],
    ['messages that are no array', { ...echo, messages: 'Hi' }, 'messages'],
    ['a message that is no object', { ...echo, messages: [null] }, 'messages[0]'],
    ['a message without a role', { ...echo, messages: [...messages, { content: 'x' }] }, 'messages[1]'],
    ['a stream flag that is a string', { ...echo, stream: 'true' }, 'stream'],
    ['stream options that are no object', { ...echo, stream: true, stream_options: 'usage' }, 'stream_options'],
    ['a user that is a number', { ...echo, user: 42 }, 'user'],
  ])('%s as invalid_parameter, naming it', async (_, body, param) => {
    await expectRefused(body, 'invalid_parameter', param);
  });

  it.each([
    ['FC-Tag', 'a,b,c,d,e,f,g,h,i,j,k'],
    ['FC-Session-Id', 'x'.repeat(129)],
    ['X-FC-Billable-Amount', '-0.1'],
    ['X-FC-Billable-Amount', '0.1234567891'],
    ['FC-Customer', 'x'.repeat(257)],
  ])('a malformed %s header, naming it', async (header, value) => {
    await expectRefused(echo, 'invalid_parameter', header, { [header]: value });
  });

  it('user and FC-Customer that differ as attribution_conflict', async () => {
    await expectRefused({ ...echo, user: 'a' }, 'attribution_conflict', 'user', { 'FC-Customer': 'b' });
  });

  it.each([
    ['gpt-4o'],
    [''],
    [null],
    [17],
    ['fc:'],
    ['FC:openai/gpt-4o'],
    ['fc:openai'],
    [`x${'y'.repeat(5000)}`],
    ['fc:openai/a\u0000b'],
    ['fc:sandbox/模型'],
    [`fc:sandbox/${'y'.repeat(5000)}`],
  ])('the model %j as invalid_model_ref', async (model) => {
    await expectRefused({ ...echo, model }, 'invalid_model_ref', 'model');
  });

  it('a bare model name, showing the prefixed spelling', async () => {
    expect(await expectRefused({ ...echo, model: 'gpt-4o' }, 'invalid_model_ref', 'model')).toContain(
      'fc:openai/gpt-4o',
    );
  });

  it('an unknown provider and an unknown slot, each by its own code', async () => {
    await expectRefused({ ...echo, model: 'fc:nobody/x' }, 'unknown_provider', 'model');
    await expectRefused({ ...echo, model: 'slot:fast' }, 'slot_not_found', 'model');
  });

  it('an array of models that is empty or too long, or holds a model that cannot be called', async () => {
    await expectRefused({ ...echo, model: [] }, 'invalid_model_ref', 'model');
    await expectRefused({ ...echo, model: Array(11).fill('fc:sandbox/echo') }, 'invalid_model_ref', 'model');
    await expectRefused({ ...echo, model: ['fc:sandbox/echo', 'gpt-4o'] }, 'invalid_model_ref', 'model');
    await expectRefused({ ...echo, model: ['fc:sandbox/echo', 'fc:nobody/x'] }, 'unknown_provider', 'model');
    await expectRefused({ ...echo, model: [['fc:sandbox/echo']] }, 'invalid_model_ref', 'model');
  });

  it('an array of models with a stream, as fallback_with_stream_unsupported', async () => {
    const model = ['fc:sandbox/echo', 'fc:sandbox/slow-1'];
    await expectRefused({ ...echo, model, stream: true }, 'fallback_with_stream_unsupported', 'model');
  });

  it.each<[string, unknown]>([
    ['that is missing', undefined],
    ['that is no object', 'object'],
    ['of an unknown type', { type: 'objekt' }],
    ['with a reference to nowhere', { $ref: '#/$defs/gone' }],
    ['with a pattern that is none', { type: 'string', pattern: '(' }],
    ['that is too long', { const: 'x'.repeat(300_000) }],
  ])('a schema %s, as invalid_schema, before anything is sent', async (_, schema) => {
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
    await expectRefused({ ...echo, response_format }, 'invalid_schema', 'response_format.json_schema.schema');
  });

  it('a provider without a key, naming the variable that sets it', async () => {
    expect(await expectRefused({ ...echo, model: 'fc:openai/gpt-4o' }, 'provider_not_configured', 'model')).toContain(
      'OPENAI_API_KEY',
    );
  });

  it('what a provider cannot do, naming it', async () => {
    await expectRefused({ ...echo, model: 'fc:ollama/llama3', n: 2 }, 'unsupported_parameter', 'n');
  });
});
