import { connect } from 'node:net';
import { ERRORS } from '../../../src/domain/errors.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_BODY_LIMIT_MB: '1' } });
});
afterAll(() => ringside.stop());

async function expectEnvelope(response: Response, code: keyof typeof ERRORS) {
  const { status, type } = ERRORS[code];
  expect([response.status, await response.json()]).toEqual([
    status,
    { error: { message: expect.any(String), type, code, param: null } },
  ]);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
}

describe('every error, on every route', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/nothing'],
    ['POST', '/v1/completions'],
    ['GET', '/v1/chat/completions'],
    ['PUT', '/v1/chat/completions'],
    ['DELETE', '/v1/usage'],
    ['POST', '/healthz'],
    ['GET', '/v1/customers/%E0%A4%A'],
  ])('%s %s is not_found in the envelope', async (method, path) => {
    await expectEnvelope(
      await ringside.fetch(path, { method, body: method === 'GET' ? undefined : '{}' }),
      'not_found',
    );
  });

  it('a body over the limit is request_too_large', async () => {
    const content = 'x'.repeat(30 * 1024 * 1024);
    const response = await ringside.chat({ messages: [{ role: 'user', content }] }).catch((error: unknown) => error);
    if (response instanceof Response) await expectEnvelope(response, 'request_too_large');
    else expect(response).toMatchObject({ message: 'fetch failed' });
    expect((await ringside.fetch('/healthz')).status).toBe(200);
    await expectEnvelope(
      await ringside.chat({ messages: [{ role: 'user', content: content.slice(0, 1024 * 1024) }] }),
      'request_too_large',
    );
  });

  it('bytes that are not HTTP, or a head that is too large, get the envelope too', async () => {
    for (const bytes of [
      'GARBAGE\r\n\r\n',
      `GET /healthz HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(100_000)}\r\n\r\n`,
    ]) {
      const [head, body] = (await raw(bytes)).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(head).toMatch(/^x-request-id: req_\w{24}\r\nx-should-retry: false\r$/m);
      expect(JSON.parse(body!)).toEqual({ error: expect.objectContaining({ code: 'invalid_parameter' }) });
    }
  });

  it('R34 one error code has one status on every route', async () => {
    const seen = new Map<string, Set<number>>();
    const routes: [string, string][] = [
      ['POST', '/v1/chat/completions'],
      ['POST', '/v1/embeddings'],
      ['POST', '/v1/moderations'],
      ['POST', '/v1/customers'],
      ['PATCH', '/v1/customers/cus_none'],
      ['GET', '/v1/customers/cus_none'],
      ['GET', '/v1/customers/cus_none/usage'],
      ['GET', '/v1/customers?limit=0'],
      ['GET', '/v1/usage?group_by=nothing'],
      ['GET', '/v1/requests?limit=0'],
      ['GET', '/v1/requests/req_none'],
      ['GET', '/v1/none'],
    ];
    const stream = { model: 'fc:sandbox/echo', stream: true, messages: [{ role: 'user', content: 'x' }] };
    const bodies = [
      '',
      '{',
      '[]',
      '{}',
      '{"stream":true}',
      '{"external_id":7}',
      '{"nonsense":1}',
      JSON.stringify({ ...stream, user: 7 }),
      JSON.stringify({ ...stream, model: 'x' }),
      JSON.stringify({ input: 'x', model: 'x' }),
      JSON.stringify({ input: 'x', model: 'fc:sandbox/echo', user: 7 }),
    ];
    for (const [method, path] of routes) {
      for (const authorization of [undefined, 'Bearer none']) {
        for (const body of method === 'GET' ? [undefined] : bodies) {
          const response = await ringside.fetch(path, {
            method,
            body,
            ...(authorization && { headers: { authorization } }),
          });
          if (response.status < 400) continue;
          const { error } = (await response.json()) as {
            readonly error: { readonly code: keyof typeof ERRORS; readonly type: string };
          };
          expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
          expect([error.code, response.status, error.type]).toEqual([
            error.code,
            ERRORS[error.code].status,
            ERRORS[error.code].type,
          ]);
          expect(response.headers.get('x-request-id')).toMatch(/^req_/);
          seen.set(error.code, (seen.get(error.code) ?? new Set()).add(response.status));
        }
      }
    }
    expect([...seen.keys()].toSorted()).toEqual([
      'customer_not_found',
      'invalid_api_key',
      'invalid_json',
      'invalid_model_ref',
      'invalid_parameter',
      'not_found',
    ]);
  });
});

/** What the server answers to raw bytes, until it closes. */
function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(ringside.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (part) => (answer += part));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}
