import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

const ADMIN_TOKEN = 'unstorable-text-token';

let ringside: Ringside;
let account: string;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ADMIN_TOKEN: ADMIN_TOKEN } });
  await post('/v1/customers', { external_id: 'cus_1' });
  const { data } = (await (await asked('/admin/ringside/accounts', 'GET')).json()) as {
    data: readonly [{ readonly id: string }];
  };
  account = data[0].id;
}, 30_000);
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

function asked(path: string, method: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = path.startsWith('/admin') ? { authorization: `Bearer ${ADMIN_TOKEN}` } : {};
  return ringside.fetch(path, { method, body, headers });
}

const post = (path: string, body: unknown) => asked(path, 'POST', body);

/** Halves of surrogate pairs at every place of a text, and what ends a text in some stores. */
const UNSTORABLE = ['\ud800', 'a\udfff', '\udc00b', 'a\ud83d b', '\udca9\ud83d', 'a\0b'];

const CALL = { model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }] };
const EMBED = { model: 'fc:sandbox/embed', input: 'Hi' };
const PRICE = { provider: 'openai', model: 'm', input_usd_per_mtok: 1, output_usd_per_mtok: 1 };

const PLACES: readonly [place: string, method: string, path: string, (text: string) => object, param: string][] = [
  ['an external id', 'POST', '/v1/customers', (text) => ({ external_id: text }), 'external_id'],
  ['a name', 'POST', '/v1/customers', (text) => ({ external_id: 'new', name: text }), 'name'],
  ['a new name', 'PATCH', '/v1/customers/cus_1', (text) => ({ name: text }), 'name'],
  [
    'a value of metadata',
    'POST',
    '/v1/customers',
    (text) => ({ external_id: 'new', metadata: { plan: text } }),
    'metadata',
  ],
  ['a name in metadata', 'PATCH', '/v1/customers/cus_1', (text) => ({ metadata: { [text]: 'x' } }), 'metadata'],
  ['a note on a top-up', 'POST', '/v1/customers/cus_1/wallet/topup', (text) => ({ amount_usd: 1, note: text }), 'note'],
  [
    'a note on an adjustment',
    'POST',
    '/v1/customers/cus_1/wallet/adjust',
    (text) => ({ amount_usd: 1, note: text }),
    'note',
  ],
  [
    'a note on a credit',
    'POST',
    '/admin/ringside/accounts/:account/credit',
    (text) => ({ amount_usd: 1, note: text }),
    'note',
  ],
  ['a note on prices', 'PUT', '/admin/ringside/prices', (text) => ({ prices: [], note: text }), 'note'],
  [
    'a model with a price',
    'PUT',
    '/admin/ringside/prices',
    (text) => ({ prices: [{ ...PRICE, model: text }] }),
    'prices[0].model',
  ],
  ['the user of a chat', 'POST', '/v1/chat/completions', (text) => ({ ...CALL, user: text }), 'user'],
  [
    'the user of a chat, with ext:',
    'POST',
    '/v1/chat/completions',
    (text) => ({ ...CALL, user: `ext:${text}` }),
    'user',
  ],
  ['the user of embeddings', 'POST', '/v1/embeddings', (text) => ({ ...EMBED, user: text }), 'user'],
  [
    'the user of a moderation',
    'POST',
    '/v1/moderations',
    (text) => ({ model: 'fc:sandbox/moderate', input: 'Hi', user: text }),
    'user',
  ],
];

it.each(PLACES)('S17 text that cannot be kept is refused as %s', async (_, method, path, body, param) => {
  for (const text of UNSTORABLE) {
    const response = await asked(path.replace(':account', account), method, body(text));
    expect([text, response.status, await response.json()]).toMatchObject([
      text,
      400,
      { error: { code: 'invalid_parameter', param } },
    ]);
  }
});

it('S17 whole characters beyond 16 bits are kept, and two customers do not meet', async () => {
  for (const external_id of ['😀', '😁', '\ufffd', '𝒳'])
    expect((await post('/v1/customers', { external_id })).status).toBe(201);
  expect(await ringside.get(`/v1/customers/${encodeURIComponent('😁')}`)).toMatchObject({ external_id: '😁' });
});

it.each(['%ED%A0%80', '%ff', '%', '%zz', 'ext:%ED%A0%80', '%C0%AE'])(
  'S17 %s in a path is no text, and not found',
  async (segment) => {
    for (const path of [
      `/v1/customers/${segment}`,
      `/v1/customers/${segment}/usage`,
      `/v1/slots/${segment}`,
      `/v1/requests/${segment}`,
    ]) {
      const response = await asked(path, 'GET');
      expect([path, response.status, await response.json()]).toMatchObject([
        path,
        404,
        { error: { code: 'not_found' } },
      ]);
      expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    }
  },
);
