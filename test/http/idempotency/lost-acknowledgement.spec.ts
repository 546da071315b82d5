import { takeStoreOut } from '../../support/store-out.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';

const OPERATOR_TOKEN = 'operator-of-this-test';

let ringside: Ringside;
let account: string;
let requestId: string;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ADMIN_TOKEN: OPERATOR_TOKEN } });
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  const accounts = (await (await ringside.fetch('/admin/ringside/accounts', { headers })).json()) as {
    data: { id: string }[];
  };
  account = accounts.data[0]!.id;
  await ringside.fetch('/v1/customers', { body: { external_id: 'payer' } });
  await ringside.fetch('/v1/customers/payer/wallet/topup', { body: { amount_usd: 5 } });
  const call = await ringside.chat({ user: 'payer' }, { 'X-FC-Billable-Amount': '1' });
  requestId = call.headers.get('x-request-id')!;
  await call.text();
}, 30_000);
afterAll(async () => {
  await expectClosedBooks(ringside);
  await ringside.stop();
}, 30_000);

async function countOf(type: string): Promise<number> {
  let count = 0;
  for await (const event of ringside.gateway.app.get(EventStore).readAll(0)) if (event.type === type) count++;
  return count;
}

it.each<[string, () => object, string]>([
  ['/v1/customers', () => ({ external_id: 'made once' }), 'CustomerCreated'],
  ['/v1/customers/payer/wallet/topup', () => ({ amount_usd: 1 }), 'WalletCredited'],
  ['/v1/customers/payer/wallet/adjust', () => ({ amount_usd: 1 }), 'WalletCredited'],
  ['/v1/customers/payer/wallet/refund', () => ({ request_id: requestId, amount_usd: 0.5 }), 'WalletCredited'],
  ['/admin/ringside/accounts/:account/credit', () => ({ amount_usd: 1 }), 'CreditGranted'],
])('POST %s whose acknowledgement is lost is not done a second time under its key', async (route, bodyOf, type) => {
  const path = route.replace(':account', account);
  const authorization = `Bearer ${path.startsWith('/admin/') ? OPERATOR_TOKEN : SERVER_KEY}`;
  const post = async () => {
    const answer = await ringside.fetch(path, {
      body: bodyOf(),
      headers: { authorization, 'Idempotency-Key': `once ${route}` },
    });
    return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
  };
  const before = await countOf(type);
  const bringBack = takeStoreOut(ringside, 'answers are lost');
  expect(await post()).toEqual([503, 'ledger_unavailable']);
  bringBack();
  expect(await post()).toEqual([500, 'internal_error']);
  expect(await countOf(type)).toBe(before + 1);
});
