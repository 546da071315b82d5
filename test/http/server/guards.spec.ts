import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { routesOf } from '../../support/routes.js';
import { makePrepaid } from '../../support/wallets.js';

let ringside: Ringside;
let routes: string[];
beforeAll(async () => {
  ringside = await Ringside.start();
  routes = routesOf(ringside.gateway.app.getHttpAdapter().getInstance());
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/**
 * What a route is for: `health` is for anybody, `operator` for who runs the gateway, the rest for who has a key of an
 * account.
 */
type Kind = 'inference' | 'account' | 'operator' | 'health';

/** Every route there is. A new one belongs here; one that spends money belongs in `INFERENCE` below as well. */
const KINDS: Readonly<Record<string, Kind>> = {
  'POST /v1/chat/completions': 'inference',
  'POST /v1/embeddings': 'inference',
  'POST /v1/moderations': 'inference',
  'POST /v1/customers': 'account',
  'GET /v1/customers': 'account',
  'GET /v1/customers/:id': 'account',
  'PATCH /v1/customers/:id': 'account',
  'GET /v1/customers/:id/usage': 'account',
  'GET /v1/customers/:id/margin': 'account',
  'GET /v1/customers/:id/wallet': 'account',
  'POST /v1/customers/:id/wallet/topup': 'account',
  'POST /v1/customers/:id/wallet/adjust': 'account',
  'POST /v1/customers/:id/wallet/refund': 'account',
  'GET /v1/usage': 'account',
  'GET /v1/margin': 'account',
  'GET /v1/requests': 'account',
  'GET /v1/requests/:id': 'account',
  'GET /v1/models': 'account',
  'GET /v1/models/*': 'account',
  'GET /v1/slots': 'account',
  'GET /v1/slots/:alias': 'account',
  'PUT /v1/slots/:alias': 'account',
  'DELETE /v1/slots/:alias': 'account',
  'GET /v1/provider_keys': 'account',
  'GET /v1/provider_keys/:provider': 'account',
  'PUT /v1/provider_keys/:provider': 'account',
  'DELETE /v1/provider_keys/:provider': 'account',
  'GET /admin/ringside/accounts': 'operator',
  'GET /admin/ringside/accounts/:id': 'operator',
  'PATCH /admin/ringside/accounts/:id': 'operator',
  'POST /admin/ringside/accounts/:id/credit': 'operator',
  'GET /admin/ringside/prices': 'operator',
  'PUT /admin/ringside/prices': 'operator',
  'GET /admin/ringside/slots': 'operator',
  'GET /admin/ringside/slots/:alias': 'operator',
  'PATCH /admin/ringside/slots/:alias': 'operator',
  'DELETE /admin/ringside/slots/:alias': 'operator',
  'GET /healthz': 'health',
  'GET /readyz': 'health',
};

/** Bodies of inference, for the customer `user`. */
const INFERENCE: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  'POST /v1/chat/completions': [false, true].map((stream) => ({
    model: 'fc:openai/gpt-4o-mini',
    messages: [{ role: 'user', content: 'Hi' }],
    stream,
  })),
  'POST /v1/embeddings': [{ model: 'fc:openai/text-embedding-3-small', input: 'Hi' }],
  // OpenAI's moderation is free of charge, and no budget ever stops it.
  'POST /v1/moderations': [{ model: 'fc:sandbox/moderate', input: 'Hi' }],
};

/** Asks a route, with an id that nobody has, and reads the answer. */
async function ask(route: string, options: Parameters<Ringside['fetch']>[1] = {}) {
  const [method, path] = route.split(' ') as [string, string];
  return answered(ringside.fetch(path.replace(':id', `cust_${'0'.repeat(24)}`), { method, ...options }));
}

it('R5 every inference route passes the same guard: the running router has no route that is not listed here, and the other way round', () => {
  expect(routes.toSorted()).toEqual(Object.keys(KINDS).toSorted());
  const inference = Object.keys(KINDS).filter((route) => KINDS[route] === 'inference');
  expect(Object.keys(INFERENCE)).toEqual(inference);
});

it('R5 every inference route passes the same guard: an exhausted customer is refused on each, stream and JSON, and nothing is sent', async () => {
  const spent = (await makeCustomer(ringside, 'exhausted', { monthly_budget_usd: 0 })).id;
  const emptied = await makePrepaid(ringside, 'emptied', 0.000000001);
  for (const route of routes.filter((one) => KINDS[one] === 'inference')) {
    for (const body of INFERENCE[route]!) {
      for (const [user, code] of [
        [spent, 'customer_budget_exceeded'],
        [emptied, 'customer_wallet_empty'],
      ]) {
        const { status, text } = await ask(route, { body: { ...body, user } });
        expect([route, body['stream'], status, JSON.parse(text)]).toMatchObject([
          route,
          body['stream'],
          402,
          { error: { code } },
        ]);
      }
    }
  }
  expect(ringside.upstream.count).toBe(0);
});

it.each(['', 'Bearer', 'Bearer ko_wrong', `Bearer ko_${'A'.repeat(40)}`, 'Basic a286'])(
  'R5 every inference route passes the same guard: every route but health refuses who comes with %j',
  async (authorization) => {
    for (const route of routes) {
      const isOpen = KINDS[route] === 'health';
      for (const one of route.startsWith('GET ') ? [route, route.replace('GET', 'HEAD')] : [route]) {
        const body = one.startsWith('GET ') || one.startsWith('HEAD ') ? undefined : '{}';
        const { status, text } = await ask(one, { headers: { authorization }, body });
        expect([one, status]).toEqual([one, isOpen ? 200 : 401]);
        if (!isOpen && text !== '')
          expect([one, JSON.parse(text)]).toMatchObject([one, { error: { type: 'authentication_error' } }]);
      }
    }
  },
);

it('R5 every inference route passes the same guard: a key of an account is none of the operator’s', async () => {
  for (const route of routes.filter((one) => KINDS[one] === 'operator')) {
    expect([route, (await ask(route, { body: route.startsWith('GET') ? undefined : '{}' })).status]).toEqual([
      route,
      401,
    ]);
  }
});
