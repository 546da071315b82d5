import { accountOpened, ADA, BOB, customerCreated, customerUpdated, id, NOON, UNATTRIBUTED, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking, refusal, type Asking } from './asking.js';

let views: ViewsUnderTest;
let ask: Asking;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
  ask = asking(views);
  await views.given(
    accountOpened(),
    customerCreated(UNATTRIBUTED, null),
    customerCreated(ADA, 'ada'),
    customerCreated(BOB, 'bob@example.com'),
  );
});

afterEach(() => views.close());

describe('GetCustomer', () => {
  it('shows a customer, by its id, its external id, or that with ext: before it', async () => {
    await views.given(customerUpdated(ADA, { name: 'Ada', metadata: { plan: 'pro' } }));
    const expected = {
      id: ADA,
      object: 'customer',
      external_id: 'ada',
      name: 'Ada',
      created_at: NOON / 1000,
      monthly_budget_usd: null,
      spend_usd_mtd: 0,
      held_usd: 0,
      budget_remaining_usd: null,
      wallet_balance_usd: null,
      rate_limit_rpm: null,
      rate_limit_tpm: null,
      metadata: { plan: 'pro' },
      erased_at: null,
    };
    for (const reference of [ADA, 'ada', 'ext:ada']) expect(await ask.customer(reference)).toEqual(expected);
  });

  it('its spend is that of the running UTC month, exact to the nano-dollar, and holds what was written before the read', async () => {
    await views.write(usage({ data: { costNanoUsd: '123456789000000001' } }), usage({ data: { costNanoUsd: '1' } }));
    await views.write(
      usage({ occurredAt: Date.UTC(2026, 9, 31, 23, 59, 59), data: { costNanoUsd: '5' } }),
      usage({ customer: BOB }),
    );
    const text = await ask.customerText(ADA);
    expect(text).toContain('"spend_usd_mtd":123456789.000000002,');
    views.clock.set('2026-12-01T00:00:00Z');
    expect((await ask.customer(ADA))['spend_usd_mtd']).toBe(0);
    views.clock.set('2026-10-31T00:00:00Z');
    expect((await ask.customer(ADA))['spend_usd_mtd']).toBe(0.000000005);
  });

  it('is 404 for nobody, for another account, and for the pseudo-customer of unattributed calls', async () => {
    for (const reference of ['nobody', id('cust', 'nobody'), 'ext:', 'ext:ext:ada', UNATTRIBUTED, '']) {
      expect(await refusal(ask.customer(reference))).toMatchObject({ code: 'customer_not_found' });
    }
    const other = asking(views, id('acct', 'other'));
    for (const reference of [ADA, 'ada'])
      expect(await refusal(other.customer(reference))).toMatchObject({ code: 'customer_not_found' });
  });
});

describe('ListCustomers', () => {
  it('lists the customers of the account, newest first, without the pseudo-customer', async () => {
    await views.given(customerCreated(id('cust', 'zoe'), 'zoe', id('acct', 'other')));
    expect(await ask.customers()).toMatchObject({
      object: 'list',
      data: [{ id: BOB }, { id: ADA }],
      has_more: false,
      next_cursor: null,
    });
  });

  it('finds the one with an external id, or none', async () => {
    expect((await ask.customers({ external_id: 'bob@example.com' }))['data']).toMatchObject([{ id: BOB }]);
    expect((await ask.customers({ external_id: 'bob' }))['data']).toEqual([]);
  });

  it('gives every customer once, page after page', async () => {
    await views.given(...Array.from({ length: 7 }, (_, index) => customerCreated(id('cust', index), `c${index}`)));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await ask.customers({ limit: '4', ...(cursor !== null && { cursor }) });
      seen.push(...page['data'].map((customer: { id: string }) => customer.id));
      expect(page['has_more']).toBe(page['next_cursor'] !== null);
      cursor = page['next_cursor'];
    } while (cursor !== null);
    expect(seen).toEqual([...new Set(seen)].toSorted().reverse());
    expect(seen).toHaveLength(9);
  });

  it.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '201' }, 'limit'],
    [{ limit: '-1' }, 'limit'],
    [{ limit: '1.5' }, 'limit'],
    [{ limit: 'ten' }, 'limit'],
    [{ limit: '' }, 'limit'],
    [{ limit: ['1', '2'] }, 'limit'],
    [{ cursor: '%%%' }, 'cursor'],
    [{ cursor: Buffer.from('two parts').toString('base64url') }, 'cursor'],
    [{ external_id: ['a', 'b'] }, 'external_id'],
  ])('%j is an invalid_parameter naming %s', async (parameters: Record<string, string | string[]>, param) => {
    expect(await refusal(ask.customers(parameters))).toMatchObject({ code: 'invalid_parameter', param });
  });
});
