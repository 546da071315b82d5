import fc from 'fast-check';
import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { accountOpened, ADA, BOB, customerCreated, id, NOON, UNATTRIBUTED, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking, refusal, watchSearches, type Asking } from './asking.js';

let views: ViewsUnderTest;
let ask: Asking;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
  ask = asking(views);
  await views.given(
    accountOpened(),
    customerCreated(UNATTRIBUTED, null),
    customerCreated(ADA, 'ada'),
    customerCreated(BOB, 'bob'),
  );
});

afterEach(() => views.close());

/** A call with what is charged and what it costs, in nano-USD; null is not said and not known. */
const call = (billable: string | null, cost: string | null, parts: Parameters<typeof usage>[0] = {}): UsageRecorded =>
  usage({
    ...parts,
    data: { billableNanoUsd: billable, costNanoUsd: cost, flags: cost === null ? ['unpriced'] : [], ...parts.data },
  });

const failed = { data: { outcome: 'failed' } } as const;

/** The totals with money as the text has it, since a parsed float would lose digits. */
const exact = (text: string) =>
  JSON.parse(text.replace(/"(\w+_usd|margin_pct)":(-?[\d.]+)/g, '"$1":"$2"')) as {
    readonly total: Row;
    readonly data: readonly Row[];
  };
type Row = Readonly<Record<string, string | number | null>>;

describe('the answer', () => {
  it('sets what was billed against what it cost, and says where in the book that stands', async () => {
    const position = await views.write(
      call('2500000000', '500000000'),
      call(null, '250000000'),
      call(null, '0', failed),
      call('9', '1', { occurredAt: Date.parse('2026-10-31T23:59:59.999Z') }),
      call('9', '1', { customer: BOB }),
    );
    const sums = {
      requests: 3,
      billable_usd: 2.5,
      cost_usd: 0.75,
      margin_usd: 1.75,
      margin_pct: 70,
      unbilled_requests: 1,
      unpriced_requests: 0,
    };
    expect(await ask.margin({ group_by: 'day' }, 'ada')).toEqual({
      object: 'margin',
      customer_id: ADA,
      external_id: 'ada',
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-22T13:00:00Z',
      group_by: 'day',
      as_of: { position, time: NOON / 1000 },
      total: sums,
      data: [{ key: '2026-11-22', ...sums }],
      has_more: false,
      next_cursor: null,
    });
  });

  it('may be a loss', async () => {
    await views.write(call('1', '4000000001'), call(null, '1'));
    expect(exact(await ask.marginText())['total']).toMatchObject({
      margin_usd: '-4.000000001',
      margin_pct: '-400000000100',
    });
  });

  it('has no percentage where nothing was billed', async () => {
    await views.write(call(null, '100'), call('0', '100'));
    expect((await ask.margin())['total']).toMatchObject({
      billable_usd: 0,
      margin_usd: -2e-7,
      margin_pct: null,
      unbilled_requests: 1,
    });
  });

  it('has no percentage where a cost is unknown, and counts what is known', async () => {
    await views.write(call('1000000000', null), call('1000000000', '500000000', { customer: BOB }));
    const { total, data } = await ask.margin({ group_by: 'customer' });
    expect(total).toMatchObject({
      billable_usd: 2,
      cost_usd: 0.5,
      margin_usd: 1.5,
      margin_pct: null,
      unpriced_requests: 1,
    });
    expect(data).toMatchObject([
      { key: ADA, external_id: 'ada', margin_usd: 1, margin_pct: null, unpriced_requests: 1 },
      { key: BOB, external_id: 'bob', margin_usd: 0.5, margin_pct: 50, unpriced_requests: 0 },
    ]);
  });

  it.each([
    ['3', '2', '33.33'],
    ['3', '1', '66.67'],
    ['1', '0', '100'],
    ['1', '1', '0'],
    ['1000', '995', '0.5'],
    ['100000', '99995', '0.01'],
    ['100000', '99996', '0'],
    ['100000', '100004', '0'],
    ['100000', '100005', '0'],
    ['100000', '100006', '-0.01'],
    ['3', '5', '-66.67'],
    ['8', '9', '-12.5'],
  ])(
    'of %s billed and %s spent is %s per cent, to two decimals, half a hundredth going up',
    async (billed, spent, percent) => {
      await views.write(call(billed, spent));
      expect(exact(await ask.marginText())['total']['margin_pct']).toBe(percent);
    },
  );

  it('has every digit of the largest sums', async () => {
    await views.write(call('9007199254740993000000001', '1'), call('1', '9007199254740993000000003'));
    expect(exact(await ask.marginText({ group_by: 'model' }))).toMatchObject({
      total: {
        billable_usd: '9007199254740993.000000002',
        cost_usd: '9007199254740993.000000004',
        margin_usd: '-0.000000002',
      },
      data: [{ billable_usd: '9007199254740993.000000002' }],
    });
    await views.write(call(null, '1' + '0'.repeat(32)));
    expect(await ask.marginText()).toContain(
      '"margin_usd":-100000000000000000000000.000000002,"margin_pct":-1110223024.63,',
    );
  });

  it('of a customer without calls, and of an empty period, is all zeros without rows', async () => {
    await views.given(call('5', '1'));
    const nothing = {
      requests: 0,
      billable_usd: 0,
      cost_usd: 0,
      margin_usd: 0,
      margin_pct: null,
      unbilled_requests: 0,
      unpriced_requests: 0,
    };
    for (const groupBy of ['day', 'month', 'model', 'tag']) {
      expect(await ask.margin({ group_by: groupBy }, 'bob')).toMatchObject({
        customer_id: BOB,
        total: nothing,
        data: [],
      });
      const empty = await ask.margin({ from: '2026-11-22T12:00:00Z', to: '2026-11-22T12:00:00Z', group_by: groupBy });
      expect(empty).toMatchObject({ total: nothing, data: [] });
    }
  });

  it('holds what was written before it was asked, and stays as it was at a position', async () => {
    await views.write(call('5', '1'));
    const { as_of: asOf, ...before } = await ask.margin({ group_by: 'model', from: '2026-11-01', to: '2026-11-23' });
    const then = () =>
      ask.marginText({ group_by: 'model', from: '2026-11-01', to: '2026-11-23', as_of: String(asOf.position) });
    const first = await then();
    expect(JSON.parse(first)).toMatchObject(before);
    await views.write(call(null, '7'));
    expect(await then()).toBe(first);
    expect((await ask.margin())['total'].requests).toBe(2);
  });
});

describe('margin grouped', () => {
  it.each(['hour', 'provider', 'endpoint', 'tag', 'session', 'property:Team'])(
    'by %s has the rows of usage',
    async (groupBy) => {
      const personal = { tags: ['a', 'b'], sessionId: 's', properties: { team: 'x' } };
      await views.given(
        call('5', '1', { personal }),
        call(null, '1', { customer: BOB }),
        call('1', '1', { customer: UNATTRIBUTED }),
      );
      const keys = ({ data }: Record<string, any>) => data.map(({ key }: { key: string }) => key); // oxlint-disable-line typescript/no-explicit-any
      const margin = await ask.margin({ group_by: groupBy });
      expect(keys(margin)).toEqual(keys(await ask.usage({ group_by: groupBy })));
      expect(margin['total']).toMatchObject({ requests: 3, margin_usd: 3e-9, unbilled_requests: 1 });
    },
  );

  const amount = fc.oneof(
    fc.constant(null),
    fc.bigInt({ min: 0n, max: 3n }).map(String),
    fc.bigInt({ min: 0n, max: 10n ** 24n }).map(String),
  );
  const anyCall = fc.record({
    customer: fc.constantFrom(ADA, BOB, UNATTRIBUTED),
    occurredAt: fc.integer({ min: Date.UTC(2026, 9, 30), max: NOON }),
    model: fc.constantFrom('fc:openai/a', 'fc:ollama/b'),
    billable: amount,
    cost: amount,
    outcome: fc.constantFrom('completed', 'aborted', 'failed'),
  });

  it('by day, month, model or customer has rows that add up to the total, which is the sum over the calls', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { maxLength: 25 }), async (calls) => {
        const own = await accountOfItsOwn(`r${++round}`, calls);
        const period = { from: '2026-10-01', to: '2026-12-01' };
        const naive = addedUp(
          calls.map(({ billable, cost, outcome }) => ({
            requests: 1,
            billable_usd: BigInt(billable ?? 0),
            cost_usd: BigInt(cost ?? 0),
            margin_usd: BigInt(billable ?? 0) - BigInt(cost ?? 0),
            unbilled_requests: billable === null && outcome !== 'failed' ? 1 : 0,
            unpriced_requests: cost === null ? 1 : 0,
          })),
        );
        for (const groupBy of ['day', 'month', 'model', 'customer']) {
          const { total, data } = exact(await own.marginText({ ...period, group_by: groupBy }));
          expect(addedUp([sumsIn(total)])).toEqual(naive);
          expect(addedUp(data.map(sumsIn))).toEqual(naive);
          for (const row of [total, ...data]) expectPercentage(row);
          if (groupBy !== 'customer') continue;
          for (const { key, external_id: externalId, ...sums } of data) {
            if (key !== null) expect(exact(await own.marginText(period, externalId as string))['total']).toEqual(sums);
          }
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  /** Books the calls under an account and customers that no other round has. */
  async function accountOfItsOwn(
    round: string,
    calls: readonly (typeof anyCall extends fc.Arbitrary<infer T> ? T : never)[],
  ) {
    const account = id('acct', round);
    const own = (customer: string) => id('cust', `${round}${customer.slice(-3)}`);
    await views.write(
      accountOpened(account, own(UNATTRIBUTED)),
      customerCreated(own(UNATTRIBUTED), null, account),
      customerCreated(own(ADA), 'ada', account),
      customerCreated(own(BOB), 'bob', account),
      ...calls.map(({ customer, occurredAt, model, billable, cost, outcome }) =>
        call(billable, cost, { account, customer: own(customer), occurredAt, data: { refUsed: model, outcome } }),
      ),
    );
    return asking(views, account);
  }
});

/** Dollars as the answer spells them, in nano-USD. */
function nanoOf(usd: string): bigint {
  const [whole = '0', decimals = ''] = usd.replace('-', '').split('.');
  const amount = BigInt(whole + decimals.padEnd(9, '0'));
  return usd.startsWith('-') ? -amount : amount;
}

interface Sums {
  readonly requests: number;
  readonly billable_usd: bigint;
  readonly cost_usd: bigint;
  readonly margin_usd: bigint;
  readonly unbilled_requests: number;
  readonly unpriced_requests: number;
}

function sumsIn(row: Row): Sums {
  return {
    requests: row['requests'] as number,
    billable_usd: nanoOf(row['billable_usd'] as string),
    cost_usd: nanoOf(row['cost_usd'] as string),
    margin_usd: nanoOf(row['margin_usd'] as string),
    unbilled_requests: row['unbilled_requests'] as number,
    unpriced_requests: row['unpriced_requests'] as number,
  };
}

function addedUp(all: readonly Sums[]): Sums {
  return all.reduce(
    (sum, part) => ({
      requests: sum.requests + part.requests,
      billable_usd: sum.billable_usd + part.billable_usd,
      cost_usd: sum.cost_usd + part.cost_usd,
      margin_usd: sum.margin_usd + part.margin_usd,
      unbilled_requests: sum.unbilled_requests + part.unbilled_requests,
      unpriced_requests: sum.unpriced_requests + part.unpriced_requests,
    }),
    { requests: 0, billable_usd: 0n, cost_usd: 0n, margin_usd: 0n, unbilled_requests: 0, unpriced_requests: 0 },
  );
}

/**
 * Nothing billed or a cost unknown: none. Else it is off by no more than half a hundredth of a per cent, and a half
 * goes up.
 */
function expectPercentage(row: Row): void {
  const { billable_usd: billable, margin_usd: margin, unpriced_requests: unpriced } = sumsIn(row);
  if (billable === 0n || unpriced > 0) return expect(row['margin_pct']).toBeNull();
  const [whole, decimals = ''] = String(row['margin_pct']).split('.');
  const hundredths = BigInt(whole! + decimals.padEnd(2, '0'));
  const off = 2n * (hundredths * billable - margin * 10_000n);
  expect(off > -billable && off <= billable).toBe(true);
}

describe('questions about margin', () => {
  it.each([
    [{ group_by: 'colour' }, 'group_by'],
    [{ group_by: 'property:' }, 'group_by'],
    [{ from: '2026-11-23', to: '2026-11-22' }, 'from'],
    [{ as_of: 'then' }, 'as_of'],
  ])('%j are refused naming %s', async (parameters: Record<string, string>, param) => {
    expect(await refusal(ask.margin(parameters))).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('of one customer are not broken down by customer, and nobody knows others', async () => {
    expect(await refusal(ask.margin({ group_by: 'customer' }, 'ada'))).toMatchObject({
      code: 'invalid_parameter',
      param: 'group_by',
    });
    expect(await refusal(ask.margin({}, 'nobody'))).toMatchObject({ code: 'customer_not_found' });
    expect(await refusal(asking(views, id('acct', 'other')).margin({}, ADA))).toMatchObject({
      code: 'customer_not_found',
    });
  });

  it('read as much after many calls as after few (R40)', async () => {
    const { documents } = views;
    const read = async () => {
      let count = 0;
      const unwatch = watchSearches(documents, { found: (found) => (count += found) });
      await ask.margin({ group_by: 'day' }, 'ada');
      await ask.margin({ group_by: 'customer' });
      unwatch();
      return count;
    };
    const calls = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        call('5', '1', { occurredAt: NOON - (index % 48) * 3_600_000, customer: index % 3 ? ADA : BOB }),
      );
    await views.given(...calls(200));
    const few = await read();
    await views.given(...calls(2_000));
    expect(await read()).toBe(few);
  });
});
