import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
  await ringside.fetch('/v1/customers', { body: { external_id: 'cus_w' } });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

describe('GET /v1/customers/:id/wallet', () => {
  it('answers a customer without a wallet with nulls and no transactions, by any of its names', async () => {
    const { id } = await ringside.get('/v1/customers/cus_w');
    for (const name of [id, 'cus_w', 'ext:cus_w']) {
      expect(await ringside.get(`/v1/customers/${name}/wallet`)).toEqual({
        object: 'wallet',
        customer_id: id,
        external_id: 'cus_w',
        balance_usd: null,
        held_usd: 0,
        available_usd: null,
        low_below_usd: null,
        transactions: { object: 'list', data: [], has_more: false, next_cursor: null },
      });
    }
  });

  it('answers 400 naming what is wrong with a page, 404 for an unknown customer, and 401 without a key', async () => {
    for (const [query, param] of [
      ['limit=0', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['cursor=there', 'cursor'],
    ]) {
      const response = await ringside.fetch(`/v1/customers/cus_w/wallet?${query}`);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { error: { code: 'invalid_parameter', param } },
      ]);
    }
    const unknown = await ringside.fetch('/v1/customers/nobody/wallet');
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'customer_not_found' } }]);
    expect((await ringside.fetch('/v1/customers/cus_w/wallet', { headers: { authorization: '' } })).status).toBe(401);
  });
});
