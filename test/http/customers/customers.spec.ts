import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

interface Customer {
  readonly id: string;
  readonly [field: string]: unknown;
}

async function send(method: string, path: string, body: unknown, status: number): Promise<Customer> {
  const response = await ringside.fetch(path, { method, body });
  const answer = (await response.json()) as Customer;
  expect([response.status, status === response.status ? undefined : answer]).toEqual([status, undefined]);
  return answer;
}

const create = (body: unknown, status = 201) => send('POST', '/v1/customers', body, status);
const patch = (id: string, body: unknown, status = 200) =>
  send('PATCH', `/v1/customers/${encodeURIComponent(id)}`, body, status);

describe('POST /v1/customers', () => {
  it('answers 201 with the customer', async () => {
    const customer = await create({ external_id: 'cus_1', name: 'One', metadata: { plan: 'team' } });
    expect(customer).toEqual({
      id: expect.stringMatching(/^cust_[0-9A-Za-z]{24}$/),
      object: 'customer',
      external_id: 'cus_1',
      name: 'One',
      created_at: expect.any(Number),
      monthly_budget_usd: null,
      spend_usd_mtd: 0,
      held_usd: 0,
      budget_remaining_usd: null,
      wallet_balance_usd: null,
      rate_limit_rpm: null,
      rate_limit_tpm: null,
      metadata: { plan: 'team' },
      erased_at: null,
    });
  });

  it('answers 409 external_id_taken for a second one, also when a call made the first, and under concurrency', async () => {
    await ringside.chat({ user: 'cus_called' });
    expect(await create({ external_id: 'cus_called' }, 409)).toMatchObject({
      error: { code: 'external_id_taken', param: 'external_id' },
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ringside.fetch('/v1/customers', { body: { external_id: 'cus_race' } })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
  });

  it.each<[string, unknown, string]>([
    ['no external id', {}, 'external_id'],
    ['an external id that is a number', { external_id: 7 }, 'external_id'],
    ['an empty external id', { external_id: '' }, 'external_id'],
    ['an external id of 257 characters', { external_id: 'x'.repeat(257) }, 'external_id'],
    ['an external id that looks like ours', { external_id: `cust_${'0'.repeat(24)}` }, 'external_id'],
    ['an external id with the ext: prefix', { external_id: 'ext:a' }, 'external_id'],
    ['a name that is an object', { external_id: 'a', name: {} }, 'name'],
    ['metadata that is a list', { external_id: 'a', metadata: ['x'] }, 'metadata'],
    ['metadata with a number', { external_id: 'a', metadata: { x: 1 } }, 'metadata'],
    [
      '51 metadata names',
      { external_id: 'a', metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) },
      'metadata',
    ],
    ['a metadata value of 501 characters', { external_id: 'a', metadata: { x: 'x'.repeat(501) } }, 'metadata'],
    ['a misspelt field', { external_id: 'a', nmae: 'x' }, 'nmae'],
    ['a misspelt budget', { external_id: 'a', monthly_budget: 5 }, 'monthly_budget'],
  ])('refuses %s, naming the field', async (_, body, param) => {
    expect(await create(body, 400)).toEqual({
      error: {
        message: expect.stringContaining(param),
        type: 'invalid_request_error',
        code: 'invalid_parameter',
        param,
      },
    });
  });

  it.each(['', '[]', '"x"', '{'])('refuses the body %j as invalid_json', async (body) => {
    expect(await create(body, 400)).toMatchObject({ error: { code: 'invalid_json' } });
  });
});

describe('GET and PATCH /v1/customers/:id', () => {
  it('finds a customer by cust_ id, ext: and bare external id, URL-encoded', async () => {
    const made = await create({ external_id: 'a/b ü@x.org' });
    for (const id of [made.id, 'ext:a/b ü@x.org', 'a/b ü@x.org'])
      expect(await ringside.get(`/v1/customers/${encodeURIComponent(id)}`)).toEqual(made);
  });

  it('answers 404 customer_not_found for anybody else', async () => {
    for (const id of ['nobody', 'ext:nobody', `cust_${'0'.repeat(24)}`]) {
      const response = await ringside.fetch(`/v1/customers/${id}`);
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'customer_not_found' } }]);
      expect(await patch(id, { name: 'x' }, 404)).toMatchObject({ error: { code: 'customer_not_found' } });
    }
  });

  it('changes what is named, merges metadata, and null clears', async () => {
    const { id } = await create({ external_id: 'cus_patch', name: 'Old', metadata: { a: '1', b: '2' } });
    expect(await patch(id, { metadata: { b: null, c: '3' } })).toMatchObject({
      name: 'Old',
      metadata: { a: '1', c: '3' },
    });
    expect(await patch('cus_patch', { name: null })).toMatchObject({ name: null, metadata: { a: '1', c: '3' } });
    expect(await patch('ext:cus_patch', { metadata: null, name: 'New' })).toMatchObject({ name: 'New', metadata: {} });
    expect(await patch(id, {})).toMatchObject({ name: 'New' });
  });

  it('keeps every one of many simultaneous changes', async () => {
    const { id } = await create({ external_id: 'cus_many' });
    await Promise.all(Array.from({ length: 20 }, (_, i) => patch(id, { metadata: { [`k${i}`]: 'v' } })));
    expect(Object.keys((await ringside.get<Customer>(`/v1/customers/${id}`))['metadata'] as object)).toHaveLength(20);
  });

  it('refuses to change the external id, and changes nothing', async () => {
    const { id } = await create({ external_id: 'cus_fixed', name: 'Same' });
    expect(await patch(id, { external_id: 'other', name: 'Other' }, 400)).toMatchObject({
      error: { param: 'external_id' },
    });
    expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({ external_id: 'cus_fixed', name: 'Same' });
  });

  it('shows what the customer spent this month as soon as the call is answered', async () => {
    await ringside.chat({
      model: 'fc:sandbox/echo',
      user: 'cus_spender',
      messages: [{ role: 'user', content: 'x'.repeat(4000) }],
    });
    expect(await ringside.get('/v1/customers/cus_spender')).toMatchObject({ spend_usd_mtd: 0.003 });
  });
});

describe('GET /v1/customers', () => {
  it('lists newest first, page by page, without the unattributed pseudo-customer', async () => {
    await ringside.chat();
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift(await create({ external_id: `cus_page_${i}` }));
    const first = await ringside.get('/v1/customers?limit=3');
    expect(first).toMatchObject({ object: 'list', has_more: true, data: made.slice(0, 3) });
    const second = await ringside.get(`/v1/customers?limit=2&cursor=${first.next_cursor}`);
    expect(second.data).toEqual(made.slice(3));
    const all = await ringside.get('/v1/customers?limit=200');
    expect(all).toMatchObject({ has_more: false, next_cursor: null });
    expect(all.data.every((customer: Customer) => customer['external_id'] !== null)).toBe(true);
  });

  it('finds by external_id', async () => {
    const made = await create({ external_id: 'cus_find' });
    expect(await ringside.get('/v1/customers?external_id=cus_find')).toMatchObject({ data: [made], has_more: false });
    expect(await ringside.get('/v1/customers?external_id=nobody')).toMatchObject({ data: [] });
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1&limit=2', 'cursor=???', 'cursor=bm90IGE'])(
    'refuses ?%s',
    async (query) => {
      const response = await ringside.fetch(`/v1/customers?${query}`);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { error: { code: 'invalid_parameter', param: query.split('=')[0] } },
      ]);
    },
  );
});
