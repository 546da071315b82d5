import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { vectors } from '../../support/embedding-upstream.js';
import { atOnce, makeCustomer, setCap, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { makePrepaid } from '../../support/wallets.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
  ringside.upstream.reply(vectors());
});
afterEach(async () => {
  ringside.upstream.reply(vectors());
  await expectClosedBooks(ringside);
});
afterAll(() => ringside.stop(), 15_000);

const SMALL = 'fc:openai/text-embedding-3-small';

function embed(body: Record<string, unknown>, headers?: Record<string, string>): Promise<Response> {
  return ringside.fetch('/v1/embeddings', { body: { model: SMALL, input: 'a', ...body }, headers });
}

/** One byte, which is a token, and four to spare, at 20 nano-dollars each, and two for what is rounded. */
const HOLD = 5 * 20 + 2;

it('a budget holds what the input can cost, by its bytes or, where those do not fit, its tokens', async () => {
  const { id } = await makeCustomer(ringside, 'exact', { monthly_budget_usd: usd(HOLD) });
  // Ten bytes, but two tokens.
  const input = ' the world';
  const byTokens = (2 + 4) * 20 + 2;
  const byBytes = (10 + 4) * 20 + 2;
  expect((await embed({ user: id, input })).status).toBe(402);
  await setCap(ringside, id, byTokens);
  expect((await embed({ user: id, input })).status).toBe(200);
  expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({ spend_usd_mtd: 0.00000002, held_usd: 0 });
  await setCap(ringside, id, 20 + byBytes);
  expect((await embed({ user: id, input })).status).toBe(200);
  expect((await eventsOf(ringside, 'UsageHeld', id)).map(({ data }) => data.costNanoUsd)).toEqual([
    String(byTokens),
    String(byBytes),
  ]);
});

it('a refusal says what would help, and nothing is sent', async () => {
  const { id } = await makeCustomer(ringside, 'spent', { monthly_budget_usd: 0 });
  const before = ringside.upstream.count;
  const refused = await embed({ user: id });
  expect(refused.headers.get('x-should-retry')).toBe('false');
  const { error } = (await refused.json()) as { error: { message: string } };
  expect(error.message).toMatch(/could cost up to 0\.000000102 USD.*; a shorter input may fit$/);
  expect(ringside.upstream.count).toBe(before);
});

it('a model without a price has no bound', async () => {
  const { id } = await makeCustomer(ringside, 'unpriced', { monthly_budget_usd: 100 });
  const refused = await embed({ user: id, model: 'fc:ollama/nomic-embed-text' });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { code: 'model_unpriced', param: 'model' } },
  ]);
});

it('a cap holds under calls at once', async () => {
  const { id } = await makeCustomer(ringside, 'crowd', { monthly_budget_usd: usd(HOLD * 5) });
  const { counts } = await atOnce(ringside, 20, () => embed({ user: id }), vectors());
  expect(counts).toEqual({ admitted: 5, refused: 15, sent: 5 });
  expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({ spend_usd_mtd: usd(5 * 20), held_usd: 0 });
});

it('a wallet pays what the developer charges, or the cost', async () => {
  const id = await makePrepaid(ringside, 'wallet', usd(HOLD));
  expect((await embed({ user: id }, { 'X-FC-Billable-Amount': '0.01' })).status).toBe(402);
  expect((await embed({ user: id })).headers.get('x-ringside-wallet-deducted')).toBe('0.00000002');
  const refused = await embed({ user: id });
  expect([refused.status, await refused.json()]).toMatchObject([402, { error: { code: 'customer_wallet_empty' } }]);
});
