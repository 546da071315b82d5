import { Ringside } from '../../support/ringside.js';

const TOKEN = 'a-token-of-the-operator';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ADMIN_TOKEN: TOKEN } });
});
afterAll(() => ringside.stop());

/** What every object of JavaScript has, and two names that are merely unknown. */
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'isPrototypeOf',
  '',
  'x',
];

/** An own field of this name, as `JSON.parse` makes it; an object literal would set the prototype. */
function withField(body: string, name: string): string {
  return body.replace('{', `{${JSON.stringify(name)}:{"admin":true},`);
}

const PRICE = '{"provider":"openai","model":"x","input_usd_per_mtok":1,"output_usd_per_mtok":1}';

describe('a field of the control plane that there is not', () => {
  it.each<[string, string, string, string]>([
    ['POST', '/v1/customers', '{"external_id":"c"}', ''],
    ['PATCH', '/v1/customers/c', '{"name":"c"}', ''],
    ['POST', '/v1/customers/c/wallet/topup', '{"amount_usd":1}', ''],
    ['POST', '/v1/customers/c/wallet/adjust', '{"amount_usd":1}', ''],
    ['POST', '/v1/customers/c/wallet/refund', '{"request_id":"req_x"}', ''],
    ['PUT', '/v1/slots/s', '{"target":"fc:sandbox/echo"}', ''],
    ['PUT', '/v1/provider_keys/openai', '{"api_key":"sk-0123456789abcdef"}', ''],
    ['PATCH', '/admin/ringside/slots/s', '{"target":"fc:sandbox/echo"}', ''],
    ['PATCH', '/admin/ringside/accounts/a', '{"tier":"pro"}', ''],
    ['POST', '/admin/ringside/accounts/a/credit', '{"amount_usd":1}', ''],
    ['PUT', '/admin/ringside/prices', '{"prices":[]}', ''],
    ['PUT', '/admin/ringside/prices', PRICE, 'prices[1].'],
  ])('S16 is a 400 that names it, whatever its name is: %s %s', async (method, path, body, place) => {
    for (const name of NAMES) {
      const sent = place === '' ? withField(body, name) : `{"prices":[${PRICE},${withField(body, name)}]}`;
      const headers: Record<string, string> = path.startsWith('/admin') ? { authorization: `Bearer ${TOKEN}` } : {};
      const response = await ringside.fetch(path, { method, body: sent, headers });
      const { error } = (await response.json()) as { error: { code: string; param: string } };
      expect([name, response.status, error.code, error.param]).toEqual([
        name,
        400,
        'invalid_parameter',
        `${place}${name}`,
      ]);
    }
  });

  it('S16 metadata is the developer’s own: each name in it is one like any other', async () => {
    const metadata = '{"__proto__":"a","constructor":"b","toString":"c"}';
    const made = await ringside.fetch('/v1/customers', { body: `{"external_id":"own","metadata":${metadata}}` });
    expect([made.status, JSON.stringify(((await made.json()) as { metadata: object }).metadata)]).toEqual([
      201,
      metadata,
    ]);
    const changed = await ringside.fetch('/v1/customers/own', {
      method: 'PATCH',
      body: '{"metadata":{"__proto__":null,"constructor":"d"}}',
    });
    expect([changed.status, JSON.stringify(((await changed.json()) as { metadata: object }).metadata)]).toEqual([
      200,
      '{"constructor":"d","toString":"c"}',
    ]);
  });

  it('S2 as many of them as fit are refused at the first', async () => {
    const fields = Array.from({ length: 5000 }, (_, n) => `"k${n}":1`).join();
    const response = await ringside.fetch('/v1/customers', { body: `{${fields}}` });
    expect([response.status, ((await response.json()) as { error: { param: string } }).error.param]).toEqual([
      400,
      'k0',
    ]);
  });

  it('S2 the longest number that fits is read exactly, and refused', async () => {
    for (const number of [
      '1'.repeat(60_000),
      `0.${'0'.repeat(60_000)}1`,
      `1${'0'.repeat(60_000)}.5`,
      `1e${'9'.repeat(60_000)}`,
    ]) {
      const response = await ringside.fetch('/v1/customers', {
        body: `{"external_id":"n","monthly_budget_usd":${number}}`,
      });
      expect([response.status, ((await response.json()) as { error: { param: string } }).error.param]).toEqual([
        400,
        'monthly_budget_usd',
      ]);
    }
  });
});
