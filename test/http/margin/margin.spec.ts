import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { SettableClock } from '../../support/settable-clock.js';

let ringside: Ringside;
const clock = new SettableClock();

/**
 * 4,000 bytes in, 4,000 out: 1,000 tokens each, 0.00075 USD at `openai` and 0.003 at the sandbox; `ollama` has no
 * prices.
 */
async function call(body: Record<string, unknown>, billable?: string) {
  const headers = billable === undefined ? undefined : { 'X-FC-Billable-Amount': billable };
  await (await ringside.chat({ messages: [{ role: 'user', content: 'x'.repeat(4000) }], ...body }, headers)).text();
}

beforeAll(async () => {
  clock.set('2026-10-31T23:30:00Z');
  ringside = await Ringside.start({ clock });
  await call({ user: 'cus_a' }, '0.001000001');
  clock.set('2026-11-01T00:10:00Z');
  await call({ user: 'cus_a' }, '0.000000001');
  await call({ user: 'cus_a', model: 'fc:sandbox/echo' });
  clock.set('2026-11-02T12:00:00Z');
  await call({ user: 'cus_b', model: 'fc:ollama/llama3.3', stream: true }, '0.02');
  await call({ user: 'cus_b', model: 'fc:sandbox/status-500' }, '0.7');
  await call({ stream: true }, '0.0015');
  await ringside.fetch('/v1/customers', { body: { external_id: 'cus_new' } });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const ALL = 'from=2026-01-01&to=2027-01-01';

/** The answer's text, in which money has all its digits. */
const text = async (query: string, customer?: string) =>
  (await ringside.fetch(`/v1/${customer === undefined ? '' : `customers/${customer}/`}margin?${query}`)).text();
// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
const margin = async (query: string, customer?: string): Promise<any> => JSON.parse(await text(query, customer));

interface Row {
  readonly key: string | null;
  readonly external_id?: string | null;
  readonly requests: number;
  readonly billable_usd: number;
  readonly cost_usd: number;
  readonly margin_usd: number;
  readonly margin_pct: number | null;
  readonly unbilled_requests: number;
  readonly unpriced_requests: number;
}

const row = ({
  key,
  requests,
  margin_usd: usd,
  margin_pct: pct,
  unbilled_requests: unbilled,
  unpriced_requests: unpriced,
}: Row) => [key, requests, usd, pct, unbilled, unpriced];

const nano = (usd: number) => Math.round(usd * 1e9);

describe('GET /v1/margin and /v1/customers/:id/margin', () => {
  it('show what a customer brought in against what it cost, to the nano-dollar', async () => {
    expect(await margin(ALL, 'cus_a')).toEqual({
      object: 'margin',
      customer_id: expect.stringMatching(/^cust_/),
      external_id: 'cus_a',
      from: '2026-01-01T00:00:00Z',
      to: '2027-01-01T00:00:00Z',
      group_by: null,
      as_of: { position: expect.any(Number), time: expect.any(Number) },
      total: {
        requests: 3,
        billable_usd: 0.001000002,
        cost_usd: 0.0045,
        margin_usd: -0.003499998,
        margin_pct: -350,
        unbilled_requests: 1,
        unpriced_requests: 0,
      },
      data: [],
    });
    expect(await text(ALL, 'cus_a')).toContain(
      '"billable_usd":0.001000002,"cost_usd":0.0045,"margin_usd":-0.003499998,',
    );
  });

  it('show calls of unknown cost as such, and then no percentage; a call that failed brought in nothing', async () => {
    expect((await margin(ALL, 'ext:cus_b')).total).toEqual({
      requests: 2,
      billable_usd: 0.02,
      cost_usd: 0,
      margin_usd: 0.02,
      margin_pct: null,
      unbilled_requests: 0,
      unpriced_requests: 1,
    });
  });

  it('sum the running month of the account by default', async () => {
    clock.set('2026-11-02T12:00:01Z');
    expect(await margin('')).toMatchObject({
      customer_id: null,
      external_id: null,
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-02T13:00:00Z',
      total: {
        requests: 5,
        billable_usd: 0.021500001,
        cost_usd: 0.0045,
        margin_usd: 0.017000001,
        unbilled_requests: 1,
        unpriced_requests: 1,
      },
    });
  });

  it.each<[string, unknown[][]]>([
    [
      'day',
      [
        ['2026-10-31', 1, 0.000250001, 25, 0, 0],
        ['2026-11-01', 2, -0.003749999, -374999900, 1, 0],
        ['2026-11-02', 3, 0.02075, null, 0, 1],
      ],
    ],
    [
      'month',
      [
        ['2026-10', 1, 0.000250001, 25, 0, 0],
        ['2026-11', 5, 0.017000001, null, 1, 1],
      ],
    ],
    [
      'model',
      [
        ['fc:ollama/llama3.3', 1, 0.02, null, 0, 1],
        ['fc:openai/gpt-4o-mini', 3, 0.000250002, 10, 0, 0],
        ['fc:sandbox/echo', 1, -0.003, null, 1, 0],
        ['fc:sandbox/status-500', 1, 0, null, 0, 0],
      ],
    ],
  ])('break it down by %s', async (groupBy, rows) => {
    expect((await margin(`${ALL}&group_by=${groupBy}`)).data.map(row)).toEqual(rows);
  });

  it('break the account down by customer: the rows are the customers’ own totals, and add up to the account’s', async () => {
    const { total, data } = await margin(`${ALL}&group_by=customer`);
    expect(data.map(({ external_id: name }: Row) => name).toSorted()).toEqual(['cus_a', 'cus_b', null].toSorted());
    for (const { key, external_id: name, ...sums } of data as Row[]) {
      if (key !== null) expect((await margin(ALL, name!)).total).toEqual(sums);
    }
    const sum = (field: 'requests' | 'billable_usd' | 'cost_usd' | 'margin_usd') =>
      (data as Row[]).reduce((added, sums) => added + nano(sums[field]), 0);
    for (const field of ['requests', 'billable_usd', 'cost_usd', 'margin_usd'] as const)
      expect(sum(field)).toBe(nano(total[field]));
  });

  it('are all zeros for a customer without calls, and for a period without any', async () => {
    const nothing = {
      requests: 0,
      billable_usd: 0,
      cost_usd: 0,
      margin_usd: 0,
      margin_pct: null,
      unbilled_requests: 0,
      unpriced_requests: 0,
    };
    expect(await margin(`${ALL}&group_by=day`, 'cus_new')).toMatchObject({
      external_id: 'cus_new',
      total: nothing,
      data: [],
    });
    expect(await margin('from=2026-10-31&to=2026-10-31&group_by=customer')).toMatchObject({ total: nothing, data: [] });
  });

  it('see a call that has just been answered, and stay as they were at a position, byte for byte', async () => {
    const query = `${ALL}&group_by=month`;
    const before = await margin(query, 'cus_b');
    const then = await text(`${query}&as_of=${before.as_of.position}`, 'cus_b');
    await call({ user: 'cus_b' }, '0.5');
    expect((await margin(query, 'cus_b')).total).toMatchObject({
      requests: before.total.requests + 1,
      billable_usd: 0.52,
    });
    expect(await text(`${query}&as_of=${before.as_of.position}`, 'cus_b')).toBe(then);
    expect(JSON.parse(then)).toMatchObject({ total: before.total, data: before.data });
  });

  it.each([
    ['from=yesterday', 'from'],
    ['to=2026-11-02T25:00:00Z', 'to'],
    ['group_by=colour', 'group_by'],
    ['group_by=day&group_by=month', 'group_by'],
    ['as_of=never', 'as_of'],
  ])('answer 400 to ?%s', async (query, param) => {
    for (const path of ['/v1/margin', '/v1/customers/cus_a/margin']) {
      const response = await ringside.fetch(`${path}?${query}`);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { error: { code: 'invalid_parameter', param } },
      ]);
    }
  });

  it('answer 400 to group_by=customer for one customer, 404 for an unknown one, and 401 without a key', async () => {
    expect((await ringside.fetch('/v1/customers/cus_a/margin?group_by=customer')).status).toBe(400);
    expect((await ringside.fetch('/v1/customers/nobody/margin')).status).toBe(404);
    expect((await ringside.fetch('/v1/margin', { headers: { authorization: '' } })).status).toBe(401);
  });
});
