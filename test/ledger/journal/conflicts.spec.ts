import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';
import { takeStoreOut } from '../../support/store-out.js';

const OPERATOR_TOKEN = 'operator-of-this-test';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ADMIN_TOKEN: OPERATOR_TOKEN } });
  await ringside.fetch('/v1/customers', { body: { external_id: 'payer', budget_usd: 5 } });
  await ringside.fetch('/v1/customers/payer/wallet/topup', { body: { amount_usd: 5 } });
}, 30_000);
afterAll(async () => {
  await expectClosedBooks(ringside);
  await ringside.stop();
}, 30_000);

const CHAT = { model: 'fc:sandbox/echo', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }], user: 'payer' };

/** Every way to change a stream that others write too. */
async function changes(account: string): Promise<readonly (readonly [method: string, path: string, body: object])[]> {
  return [
    ['PATCH', '/v1/customers/payer', { name: 'Ann' }],
    ['PATCH', '/v1/customers/payer', { monthly_budget_usd: 6 }],
    ['POST', '/v1/customers/payer/wallet/topup', { amount_usd: 1 }],
    ['POST', '/v1/chat/completions', CHAT],
    ['PUT', '/v1/slots/fast', { target: 'fc:sandbox/echo' }],
    ['PUT', '/v1/provider_keys/openai', { api_key: 'sk-of-the-test' }],
    ['PATCH', `/admin/ringside/accounts/${account}`, { tier: 'pro' }],
    ['PATCH', `/admin/ringside/accounts/${account}`, { rate_limit_rpm: 100_000 }],
    ['POST', `/admin/ringside/accounts/${account}/credit`, { amount_usd: 1 }],
    ['PATCH', '/admin/ringside/slots/fast', { target: 'fc:sandbox/echo' }],
    ['PUT', '/admin/ringside/prices', { prices: [] }],
  ];
}

async function send([method, path, body]: readonly [string, string, object]): Promise<
  [string, number, string | undefined]
> {
  const authorization = `Bearer ${path.startsWith('/admin/') ? OPERATOR_TOKEN : SERVER_KEY}`;
  const answer = await ringside.fetch(path, { method, body, headers: { authorization } });
  const text = await answer.text();
  return [
    `${method} ${path}`,
    answer.status,
    text === '' ? undefined : (JSON.parse(text) as { error?: { code: string } }).error?.code,
  ];
}

it('a write that always finds another writer ahead ends with 503, and goes through once there is none', async () => {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  const accounts = (await (await ringside.fetch('/admin/ringside/accounts', { headers })).json()) as {
    data: { id: string }[];
  };
  const all = await changes(accounts.data[0]!.id);
  const bringBack = takeStoreOut(ringside, 'others are first');
  const refused = await Promise.all(all.map(send));
  bringBack();
  expect(refused).toEqual(all.map(([method, path]) => [`${method} ${path}`, 503, 'ledger_unavailable']));
  for (const change of all) {
    const [route, status] = await send(change);
    expect([route, status < 300]).toEqual([route, true]);
  }
}, 30_000);
