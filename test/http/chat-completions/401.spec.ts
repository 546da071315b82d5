import { Ringside, SERVER_KEY } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterAll(() => ringside.stop());

const routes: [string, string][] = [
  ['POST', '/v1/chat/completions'],
  ['POST', '/v1/embeddings'],
  ['POST', '/v1/moderations'],
  ['POST', '/v1/customers'],
  ['GET', '/v1/customers'],
  ['GET', '/v1/customers/x'],
  ['PATCH', '/v1/customers/x'],
  ['GET', '/v1/customers/x/usage'],
  ['GET', '/v1/usage'],
  ['GET', '/v1/requests'],
  ['GET', '/v1/requests/x'],
];

describe('without a valid key', () => {
  it.each(routes)('%s %s answers 401 invalid_api_key', async (method, path) => {
    const body = method === 'GET' ? undefined : '{}';
    for (const authorization of [
      '',
      'Bearer',
      'Bearer sk-other',
      `Basic ${SERVER_KEY}`,
      `Bearer ${SERVER_KEY}x`,
      `Bearer ko_${'a'.repeat(40)}`,
    ]) {
      const response = await ringside.fetch(path, { method, body, headers: { authorization } });
      expect([response.status, await response.json()]).toEqual([
        401,
        { error: { message: expect.any(String), type: 'authentication_error', code: 'invalid_api_key', param: null } },
      ]);
    }
  });

  it('never repeats the key that was sent', async () => {
    const response = await ringside.fetch('/v1/usage', {
      headers: { authorization: 'Bearer ko_canary00000000000000000000000000000000' },
    });
    expect(await response.text()).not.toContain('canary');
  });
});
