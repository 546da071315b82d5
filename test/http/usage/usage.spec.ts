import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { SettableClock } from '../../support/settable-clock.js';

let ringside: Ringside;
const clock = new SettableClock();
beforeAll(async () => {
  clock.set('2026-10-31T23:30:00Z');
  ringside = await Ringside.start({ clock });
  await call(
    { user: 'cus_a', model: 'fc:sandbox/echo' },
    { 'FC-Tag': 'beta,eu', 'FC-Property-Team': 'search', 'FC-Session-Id': 's-1' },
  );
  clock.set('2026-11-01T00:10:00Z');
  await call({ user: 'cus_a' }, { 'FC-Tag': 'beta', 'X-FC-Billable-Amount': '0.5' });
  clock.set('2026-11-02T12:00:00Z');
  await call({ user: 'cus_b', model: 'fc:openai/unheard-of' });
  await call({ model: 'fc:sandbox/status-500' });
  clock.set('2026-11-02T12:00:01Z');
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/** 4,000 bytes in, 4,000 out: 1,000 tokens each at the sandbox and at the scripted upstream. */
async function call(body: Record<string, unknown>, headers?: Record<string, string>) {
  await (await ringside.chat({ messages: [{ role: 'user', content: 'x'.repeat(4000) }], ...body }, headers)).text();
}

interface Row {
  readonly key: string | null;
  readonly external_id: string | null;
  readonly requests: number;
  readonly cost_usd: number;
}

const SANDBOX_USD = 0.003;
const OPENAI_USD = 0.00075;
const ALL = 'from=2026-01-01&to=2027-01-01';

const usage = (query = '', customer?: string) =>
  ringside.get(`/v1/${customer ? `customers/${customer}/` : ''}usage${query && `?${query}`}`);

describe('GET /v1/usage and /v1/customers/:id/usage', () => {
  it('sum the running month by default', async () => {
    expect(await usage()).toMatchObject({
      object: 'usage',
      customer_id: null,
      external_id: null,
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-02T13:00:00Z',
      group_by: null,
      as_of: { position: expect.any(Number), time: expect.anything() },
      total_cost_usd: OPENAI_USD,
      total: {
        requests: 3,
        failed_requests: 1,
        input_tokens: 2000,
        cached_input_tokens: 0,
        cache_write_tokens: 0,
        output_tokens: 2000,
        reasoning_tokens: 0,
        cost_usd: OPENAI_USD,
        billable_usd: 0.5,
        unpriced_requests: 1,
        estimated_requests: 0,
      },
    });
  });

  it('name the customer they are of', async () => {
    expect(await usage(ALL, 'cus_a')).toMatchObject({
      customer_id: expect.stringMatching(/^cust_/),
      external_id: 'cus_a',
      total_cost_usd: 0.00375,
    });
    expect((await usage(ALL, 'ext:cus_b')).total.unpriced_requests).toBe(1);
  });

  it.each<[string, [string | null, number, number][]]>([
    [
      'hour',
      [
        ['2026-10-31T23:00:00Z', 1, SANDBOX_USD],
        ['2026-11-01T00:00:00Z', 1, OPENAI_USD],
        ['2026-11-02T12:00:00Z', 2, 0],
      ],
    ],
    [
      'day',
      [
        ['2026-10-31', 1, SANDBOX_USD],
        ['2026-11-01', 1, OPENAI_USD],
        ['2026-11-02', 2, 0],
      ],
    ],
    [
      'month',
      [
        ['2026-10', 1, SANDBOX_USD],
        ['2026-11', 3, OPENAI_USD],
      ],
    ],
    [
      'model',
      [
        ['fc:openai/gpt-4o-mini', 1, OPENAI_USD],
        ['fc:openai/unheard-of', 1, 0],
        ['fc:sandbox/echo', 1, SANDBOX_USD],
        ['fc:sandbox/status-500', 1, 0],
      ],
    ],
    [
      'provider',
      [
        ['openai', 2, OPENAI_USD],
        ['sandbox', 2, SANDBOX_USD],
      ],
    ],
    ['endpoint', [['chat.completions', 4, 0.00375]]],
    [
      'tag',
      [
        ['beta', 2, 0.00375],
        ['eu', 1, SANDBOX_USD],
        [null, 2, 0],
      ],
    ],
    [
      'session',
      [
        ['s-1', 1, SANDBOX_USD],
        [null, 3, OPENAI_USD],
      ],
    ],
    [
      'property:Team',
      [
        ['search', 1, SANDBOX_USD],
        [null, 3, OPENAI_USD],
      ],
    ],
  ])('group by %s', async (name, rows) => {
    const { data, group_by: grouping } = await usage(`${ALL}&group_by=${name}`);
    expect(grouping.toLowerCase()).toBe(name.toLowerCase());
    const found = data.map(({ key, requests, cost_usd: cost }: Row) => [key, requests, cost]);
    const byKey = (a: [string | null], b: [string | null]) => String(a[0]).localeCompare(String(b[0]));
    expect(found.toSorted(byKey)).toEqual(rows.toSorted(byKey as never));
  });

  it('group the account by customer, with the unattributed calls under null', async () => {
    const { data } = await usage(`${ALL}&group_by=customer`);
    expect(data.map(({ external_id: name, requests }: Row) => [name, requests]).toSorted()).toEqual(
      [
        ['cus_a', 2],
        ['cus_b', 1],
        [null, 1],
      ].toSorted(),
    );
  });

  it('take from and to to the second, half-open', async () => {
    const requests = async (from: string, to: string) => (await usage(`from=${from}&to=${to}`)).total.requests;
    expect(await requests('2026-10-31T23:30:00Z', '2026-11-01T00:10:00Z')).toBe(1);
    expect(await requests('2026-10-31T23:30:01Z', '2026-11-01T00:10:01Z')).toBe(1);
    expect(await requests('2026-11-01', '2026-11-02')).toBe(1);
    expect(await requests('2026-11-02T13:00:00%2B01:00', '2026-11-03')).toBe(2);
    expect(await requests('2026-11-02', '2026-11-02')).toBe(0);
  });

  it('answer as it was at a position, byte for byte, however much came later', async () => {
    const before = await usage(`${ALL}&group_by=tag`, 'cus_a');
    const again = `${ALL}&group_by=tag&as_of=${before.as_of.position}`;
    const then = await usage(again, 'cus_a');
    expect({ ...then, as_of: before.as_of }).toEqual(before);
    await call({ user: 'cus_a' }, { 'FC-Tag': 'beta' });
    const text = async () => (await ringside.fetch(`/v1/customers/cus_a/usage?${again}`)).text();
    expect(JSON.parse(await text())).toEqual(then);
    expect(await text()).toBe(await text());
  });

  it.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30', 'from'],
    ['to=2026-11-02T25:00:00Z', 'to'],
    ['from=2026-11-03&to=2026-11-02', 'from'],
    ['group_by=colour', 'group_by'],
    ['group_by=property:', 'group_by'],
    ['group_by=day&group_by=hour', 'group_by'],
    ['as_of=never', 'as_of'],
  ])('refuse ?%s', async (query, param) => {
    const response = await ringside.fetch(`/v1/usage?${query}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_parameter', param } },
    ]);
  });

  it('answer 404 for an unknown customer, and refuse group_by=customer for one', async () => {
    expect((await ringside.fetch('/v1/customers/nobody/usage')).status).toBe(404);
    expect((await ringside.fetch('/v1/customers/cus_a/usage?group_by=customer')).status).toBe(400);
  });
});
