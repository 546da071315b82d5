import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { DocumentStore } from '../../../src/views/document-store.js';
import { accountOpened, ADA, BOB, customerCreated, id, NOON, UNATTRIBUTED, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking, refusal, watchSearches, type Asking } from './asking.js';

let views: ViewsUnderTest;
let ask: Asking;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

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

type Parts = NonNullable<Parameters<typeof usage>[0]>;
const at = (time: string, parts: Parts = {}): UsageRecorded => usage({ occurredAt: Date.parse(time), ...parts });

/** The rows as `key: requests`. */
const rows = async (parameters: Record<string, string>, reference?: string): Promise<[string | null, number][]> =>
  (await ask.usage(parameters, reference))['data'].map(
    ({ key, requests }: { key: string | null; requests: number }) => [key, requests],
  );

describe('the answer', () => {
  it('sums what a customer used in the month so far, and says where in the book that stands', async () => {
    const position = await views.write(
      usage({ data: { billableNanoUsd: '2500000000' } }),
      usage({ data: { outcome: 'failed', costNanoUsd: null, flags: ['unpriced', 'estimated'] } }),
      at('2026-10-31T23:59:59.999Z'),
      usage({ customer: BOB }),
      usage({ occurredAt: NOON + 34 * MINUTE, customer: BOB }),
    );
    const total = {
      requests: 2,
      failed_requests: 1,
      input_tokens: 24,
      cached_input_tokens: 4,
      cache_write_tokens: 2,
      output_tokens: 12,
      reasoning_tokens: 6,
      cost_usd: 0.0000001,
      billable_usd: 2.5,
      unpriced_requests: 1,
      estimated_requests: 1,
    };
    expect(await ask.usage({}, 'ada')).toEqual({
      object: 'usage',
      customer_id: ADA,
      external_id: 'ada',
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-22T13:00:00Z',
      group_by: null,
      as_of: { position, time: (NOON + 34 * MINUTE) / 1000 },
      total_cost_usd: 0.0000001,
      total,
      data: [],
    });
  });

  it('of the account counts every customer and the unattributed calls', async () => {
    await views.write(
      usage(),
      usage({ customer: BOB }),
      usage({ customer: UNATTRIBUTED }),
      usage({ account: id('acct', 'other'), customer: id('cust', 'o') }),
    );
    expect(await ask.usage()).toMatchObject({ customer_id: null, external_id: null, total: { requests: 3 } });
  });

  it('is empty, and stands at nothing, before anything happened', async () => {
    const empty = await ViewsUnderTest.open();
    const answer = await asking(empty).usage({ group_by: 'day' });
    expect(answer).toMatchObject({
      as_of: { position: 0, time: null },
      total_cost_usd: 0,
      total: { requests: 0 },
      data: [],
    });
    await empty.close();
  });

  it('money has all its digits, in sums as in rows', async () => {
    await views.write(usage({ data: { costNanoUsd: '9007199254740993000000001' } }));
    const text = await ask.usageText({ group_by: 'model' });
    expect(text.match(/9007199254740993\.000000001/g)).toHaveLength(3);
  });

  it('holds what was written before it was asked, though the views are behind', async () => {
    for (let calls = 1; calls <= 20; calls++) {
      await views.write(usage());
      expect((await ask.usage())['total'].requests).toBe(calls);
    }
  });

  it('comes from where the views stand when they cannot follow, and says so', async () => {
    const position = await views.given(usage());
    await views.runner.stop();
    await views.write(usage());
    expect(await ask.usage()).toMatchObject({ as_of: { position }, total: { requests: 1 } });
  });

  it('is as of one position, whatever is booked between its searches', async () => {
    const { documents } = views;
    let unwatch = () => {};
    const calls = ['2026-11-19T12:45:00Z', '2026-11-19T14:00:00Z', '2026-11-20T09:00:00Z', '2026-11-22T10:00:00Z'];
    const interrupted = () => {
      unwatch = watchSearches(documents, { before: () => views.given(...calls.map((time) => at(time))) });
    };
    for (const groupBy of ['hour', 'tag', 'customer']) {
      const parameters = { group_by: groupBy, from: '2026-11-19T12:30:00Z', to: '2026-11-22T12:34:00Z' };
      interrupted();
      const answer = await ask.usage(parameters);
      unwatch();
      const there = await ask.usage({ ...parameters, as_of: String(answer['as_of'].position) });
      expect(answer['total'].requests).toBeGreaterThan(0);
      expect([answer['total'], answer['data']]).toEqual([there['total'], there['data']]);
    }
  });
});

describe('the period', () => {
  beforeEach(async () => {
    const times = [
      '2026-11-19T23:59:59.999Z',
      '2026-11-20T00:00:00Z',
      '2026-11-20T10:30:00Z',
      '2026-11-20T10:30:00.001Z',
      '2026-11-21T05:00:00Z',
      '2026-11-22T12:10:00Z',
    ];
    await views.given(...times.map((time) => at(time)));
  });

  it.each([
    ['2026-11-20', '2026-11-21', 3],
    ['2026-11-20', '2026-11-22', 4],
    ['2026-11-19T23:59:59.999Z', '2026-11-20', 1],
    ['2026-11-20T10:30:00Z', '2026-11-20T10:30:00.001Z', 1],
    ['2026-11-20T10:30:00.001Z', '2026-11-21T05:00:00.001Z', 2],
    ['2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', 2],
    ['2026-11-20T10:30:00Z', '2026-11-20T10:30:00Z', 0],
    ['2026-11-20T01:00:00+01:00', '2026-11-20T12:00:00+01:00', 3],
    ['2025-01-01', '2027-01-01', 6],
    ['0001-01-01', '9999-12-31T23:59:59Z', 6],
  ])('from %s until %s holds %i calls', async (from, to, requests) => {
    expect((await ask.usage({ from, to }, 'ada'))['total'].requests).toBe(requests);
    expect((await ask.usage({ from, to }))['total'].requests).toBe(requests);
    expect((await ask.usage({ from, to, as_of: '2026-11-22T12:34:56Z' }, 'ada'))['total'].requests).toBe(requests);
  });
});

describe('group_by', () => {
  beforeEach(async () => {
    await views.given(
      at('2026-10-31T23:00:00Z', {
        personal: { tags: ['b', 'a'], sessionId: 's1', properties: { env: 'prod', 'x-team': 'core' } },
      }),
      at('2026-11-20T10:00:00Z', { personal: { tags: ['b'], properties: { env: 'dev' } } }),
      at('2026-11-20T11:59:59Z', { data: { provider: 'ollama', refUsed: 'fc:ollama/llama3' } }),
      at('2026-11-20T11:00:00Z', { customer: BOB, personal: { sessionId: 's1' } }),
      at('2026-11-21T00:00:00Z', { customer: UNATTRIBUTED, personal: { tags: ['a'] } }),
    );
  });

  const all = { from: '2026-10-01', to: '2026-12-01' };

  it.each<[string, [string | null, number][]]>([
    [
      'hour',
      [
        ['2026-10-31T23:00:00Z', 1],
        ['2026-11-20T10:00:00Z', 1],
        ['2026-11-20T11:00:00Z', 2],
        ['2026-11-21T00:00:00Z', 1],
      ],
    ],
    [
      'day',
      [
        ['2026-10-31', 1],
        ['2026-11-20', 3],
        ['2026-11-21', 1],
      ],
    ],
    [
      'month',
      [
        ['2026-10', 1],
        ['2026-11', 4],
      ],
    ],
    [
      'model',
      [
        ['fc:ollama/llama3', 1],
        ['fc:openai/gpt-4o-mini', 4],
      ],
    ],
    [
      'provider',
      [
        ['ollama', 1],
        ['openai', 4],
      ],
    ],
    ['endpoint', [['chat.completions', 5]]],
    [
      'tag',
      [
        ['a', 2],
        ['b', 2],
        [null, 2],
      ],
    ],
    [
      'session',
      [
        ['s1', 2],
        [null, 3],
      ],
    ],
    [
      'property:env',
      [
        ['dev', 1],
        ['prod', 1],
        [null, 3],
      ],
    ],
    [
      'property:ENV',
      [
        ['dev', 1],
        ['prod', 1],
        [null, 3],
      ],
    ],
    [
      'property:X-Team',
      [
        ['core', 1],
        [null, 4],
      ],
    ],
    ['property:unheard-of', [[null, 5]]],
  ])('%s', async (groupBy, expected) => {
    expect(await rows({ ...all, group_by: groupBy })).toEqual(expected);
    expect(await rows({ ...all, group_by: groupBy, as_of: '2026-11-22' })).toEqual(expected);
  });

  it('customer, with external ids; calls without attribution under null', async () => {
    const expected = [
      { key: ADA, external_id: 'ada', requests: 3 },
      { key: BOB, external_id: 'bob', requests: 1 },
      { key: null, external_id: null, requests: 1 },
    ];
    const answer = await ask.usage({ ...all, group_by: 'customer' });
    expect(answer['data']).toMatchObject(expected);
    expect(answer['total'].requests).toBe(5);
  });

  it('within one customer only what is its own', async () => {
    expect(await rows({ ...all, group_by: 'session' }, 'bob')).toEqual([['s1', 1]]);
    expect(await rows({ ...all, group_by: 'tag' }, 'bob')).toEqual([[null, 1]]);
    expect(await rows({ ...all, group_by: 'day' }, 'bob')).toEqual([['2026-11-20', 1]]);
  });

  it('has no rows when nothing matches', async () => {
    expect(await ask.usage({ from: '2026-09-01', to: '2026-09-02', group_by: 'tag' })).toMatchObject({
      data: [],
      total: { requests: 0 },
    });
  });
});

describe('as_of', () => {
  it('gives the same numbers as were true then, byte for byte, however much came later', async () => {
    await views.given(usage({ personal: { tags: ['a'] } }), usage({ customer: BOB }), at('2026-11-03T00:00:00Z'));
    const parameters = { from: '2026-11-01', to: '2026-11-22T12:00:00.001Z' };
    for (const groupBy of ['tag', 'customer', 'day']) {
      const { as_of, total, data } = await ask.usage({ ...parameters, group_by: groupBy });
      const then = { ...parameters, group_by: groupBy, as_of: String(as_of.position) };
      const first = await ask.usageText(then);
      expect(JSON.parse(first)).toMatchObject({ as_of: { position: as_of.position }, total, data });
      await views.given(usage(), usage({ customer: BOB, personal: { tags: ['b'] } }));
      expect(await ask.usageText(then)).toBe(first);
    }
  });

  it('a time counts what had happened by then', async () => {
    await views.given(usage(), usage({ occurredAt: NOON + MINUTE }), usage({ occurredAt: NOON + 2 * MINUTE }));
    expect(await ask.usage({ as_of: '2026-11-22T12:01:00Z' })).toMatchObject({
      total: { requests: 2 },
      as_of: { time: (NOON + MINUTE) / 1000 },
    });
    expect((await ask.usage({ as_of: '2026-11-22' }, 'ada'))['total'].requests).toBe(0);
  });

  it('cannot be in the future', async () => {
    const head = await views.events.head();
    expect(await refusal(ask.usage({ as_of: String(head + 1) }))).toMatchObject({
      code: 'invalid_parameter',
      param: 'as_of',
    });
    expect(await refusal(ask.usage({ as_of: '2026-11-22T12:34:57Z' }))).toMatchObject({
      code: 'invalid_parameter',
      param: 'as_of',
    });
  });
});

describe('refusals', () => {
  it.each([
    [{ group_by: 'colour' }, 'group_by'],
    [{ group_by: 'property:' }, 'group_by'],
    [{ group_by: '' }, 'group_by'],
    [{ group_by: ['day', 'hour'] }, 'group_by'],
    [{ group_by: 'constructor' }, 'group_by'],
    [{ from: '2026-11-23', to: '2026-11-22' }, 'from'],
    [{ from: 'today' }, 'from'],
    [{ to: '1795352400' }, 'to'],
    [{ as_of: '-1' }, 'as_of'],
    [{ as_of: '1.5' }, 'as_of'],
  ])('%j is an invalid_parameter naming %s', async (parameters: Record<string, string | string[]>, param) => {
    expect(await refusal(ask.usage(parameters))).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('a customer cannot be broken down by customer', async () => {
    expect(await refusal(ask.usage({ group_by: 'customer' }, 'ada'))).toMatchObject({
      code: 'invalid_parameter',
      param: 'group_by',
    });
  });

  it('a customer nobody knows is 404', async () => {
    expect(await refusal(ask.usage({}, 'nobody'))).toMatchObject({ code: 'customer_not_found' });
    expect(await refusal(asking(views, id('acct', 'other')).usage({}, ADA))).toMatchObject({
      code: 'customer_not_found',
    });
  });
});

describe('how much is read', () => {
  /** Documents that searches and look-ups gave while something ran. */
  async function documentsRead(run: () => Promise<unknown>): Promise<number> {
    let read = 0;
    const { documents } = views;
    const { getMany } = documents;
    const unwatch = watchSearches(documents, { found: (found) => (read += found) });
    documents.getMany = async <D extends Awaited<ReturnType<DocumentStore['getMany']>>[number]>(
      ...args: [string, readonly string[]]
    ) => {
      const found = await getMany.call(documents, ...args);
      read += found.length;
      return found as D[];
    };
    await run();
    unwatch();
    Object.assign(documents, { getMany });
    return read;
  }

  const questions = () => [
    ask.usage({}, 'ada'),
    ask.usage({ group_by: 'hour' }),
    ask.usage({ group_by: 'tag' }),
    ask.usage({ group_by: 'customer' }),
    ask.customer('ada'),
    ask.customers(),
    ask.requests({ limit: '10' }),
    ask.requests({ limit: '10', customer: 'ada', from: '2026-11-20' }),
  ];

  it('does not grow with the number of calls (R40)', async () => {
    const calls = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        usage({ occurredAt: NOON - (index % 48) * HOUR, customer: index % 3 ? ADA : BOB, personal: { tags: ['t'] } }),
      );
    await views.given(...calls(1_000));
    const few = await documentsRead(() => Promise.all(questions()));
    await views.given(...calls(9_000));
    expect(await documentsRead(() => Promise.all(questions()))).toBe(few);
  }, 60_000);
});
