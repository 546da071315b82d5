import fc from 'fast-check';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { accountOpened, ADA, BOB, customerCreated, id, NOON, UNATTRIBUTED, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking, refusal, watchSearches, type Asking } from './asking.js';

/** As many documents as may be parsed and added up without a turn of the event loop in between. */
const DOCUMENTS_AT_ONCE = 256;

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

type Row = { readonly key: string | null; readonly requests: number; readonly cost_usd: number };

/** All rows of a breakdown, a page at a time; every page has the same total. */
async function allPages(parameters: Record<string, string>, limit: number, reference?: string) {
  const rows: Row[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await ask.usage(
      { ...parameters, limit: String(limit), ...(cursor !== undefined && { cursor }) },
      reference,
    );
    rows.push(...(page['data'] as Row[]));
    expect(page['data'].length === limit || !page['has_more']).toBe(true);
    expect(page['has_more']).toBe(page['next_cursor'] !== null);
    if (!page['has_more']) return { rows, total: page['total'] };
    cursor = page['next_cursor'];
  }
}

const GROUPS = ['hour', 'day', 'month', 'model', 'provider', 'endpoint', 'tag', 'session', 'property:env', 'customer'];
const label = fc.constantFrom('a', 'b', 'B', 'ä/ß', 'a b', '__proto__');
const call = fc.record({
  customer: fc.constantFrom(ADA, BOB, UNATTRIBUTED),
  hoursAgo: fc.integer({ min: 0, max: 100 }),
  model: fc.constantFrom('a', 'b', 'c'),
  tags: fc.uniqueArray(label, { maxLength: 3 }),
  session: fc.option(label),
  env: fc.option(label),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const eventOf = ({ customer, hoursAgo, model, tags, session, env }: Call): UsageRecorded =>
  usage({
    customer,
    occurredAt: NOON - hoursAgo * 3_600_000,
    data: { refUsed: `fc:openai/${model}` },
    personal: {
      ...(tags.length > 0 && { tags }),
      ...(session !== null && { sessionId: session }),
      ...(env !== null && { properties: { env } }),
    },
  });

describe('rows of usage', () => {
  it('S12 the pages of every breakdown together are the whole, now and as of a position, and each has the whole total', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (calls, limit, odd) => {
          const position = await views.given(...calls.map(eventOf));
          for (const group_by of GROUPS) {
            for (const as_of of [undefined, String(position)]) {
              const to = odd ? '2026-11-22T12:00:00.001Z' : '2026-11-23';
              const parameters = { from: '2026-11-01', to, group_by, ...(as_of !== undefined && { as_of }) };
              const whole = await ask.usage(parameters);
              expect(whole).toMatchObject({ has_more: false, next_cursor: null });
              expect(await allPages(parameters, limit)).toEqual({ rows: whole['data'], total: whole['total'] });
            }
          }
        },
      ),
      { numRuns: 10 },
    );
  }, 120_000);

  it('S12 a breakdown by a word of the caller, with thousands of values, comes in pages of a thousand', async () => {
    const sessions = Array.from(
      { length: 2_500 },
      (_, index) => `s-${String((index * 7919) % 2_500).padStart(5, '0')}`,
    );
    await views.given(...sessions.map((sessionId) => usage({ personal: { sessionId } })), usage());
    const first = await ask.usage({ group_by: 'session' });
    expect([first['data'].length, first['has_more'], first['total'].requests]).toEqual([1000, true, 2_501]);
    const { rows, total } = await allPages({ group_by: 'session' }, 999);
    expect(rows.map(({ key, requests }) => [key, requests])).toEqual(
      [...sessions.toSorted(), null].map((key) => [key, 1]),
    );
    expect(total).toEqual(first['total']);
  }, 120_000);

  it('S12 of one customer are paged too, and of margin', async () => {
    await views.given(
      ...['a', 'b', 'c'].map((sessionId) => usage({ personal: { sessionId } })),
      usage({ customer: BOB }),
    );
    const { rows } = await allPages({ group_by: 'session' }, 2, 'ada');
    expect(rows.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    const page = await ask.margin({ group_by: 'customer', limit: '1' });
    expect([page['data'].length, page['has_more'], page['total'].requests]).toEqual([1, true, 4]);
    const next = await ask.margin({ group_by: 'customer', limit: '1', cursor: page['next_cursor'] });
    expect([next['data'][0].external_id, next['has_more']]).toEqual(['bob', false]);
  });

  it.each([
    [{ group_by: 'day', limit: '0' }, 'limit'],
    [{ group_by: 'day', limit: '1001' }, 'limit'],
    [{ group_by: 'day', limit: '1e2' }, 'limit'],
    [{ group_by: 'day', limit: '99999999999999999999' }, 'limit'],
    [{ limit: '10' }, 'limit'],
    [{ cursor: 'WyJkYXkiLCIyMDI2LTExLTIyIl0' }, 'cursor'],
    [{ group_by: 'hour', cursor: 'WyJkYXkiLCIyMDI2LTExLTIyIl0' }, 'cursor'],
    [{ group_by: 'day', cursor: 'bm9uc2Vuc2U' }, 'cursor'],
    [{ group_by: 'day', cursor: 'bnVsbA' }, 'cursor'],
    [{ group_by: 'day', cursor: 'WyJkYXkiLHt9XQ' }, 'cursor'],
  ])('S12 %j is an invalid_parameter naming %s', async (parameters: Record<string, string>, param) => {
    expect(await refusal(ask.usage(parameters))).toMatchObject({ code: 'invalid_parameter', param });
  });
});

describe('the event loop', () => {
  const manyCustomers = async (count: number) => {
    const customers = Array.from({ length: count }, (_, index) => id('cust', String(index).padStart(6, '0')));
    await views.given(
      ...customers.map((customer, index) => customerCreated(customer, `c${index}`)),
      ...customers.map((customer) => usage({ customer, personal: { tags: ['t'], sessionId: customer } })),
    );
  };

  it('S12 turns while documents are read and added up, however many there are, and a page of customers reads its own alone', async () => {
    await manyCustomers(3_000);
    for (const [group_by, atMost] of [
      ['session', Infinity],
      ['tag', Infinity],
      ['customer', 1_000],
    ] as const) {
      let most = 0;
      let read = 0;
      const unwatch = watchSearches(views.documents, {
        found: (found) => {
          most = Math.max(most, found);
          read += found;
        },
      });
      await ask.usage({ group_by, limit: '100' });
      unwatch();
      expect(most).toBeLessThanOrEqual(DOCUMENTS_AT_ONCE);
      expect(read).toBeLessThanOrEqual(atMost);
    }
  }, 120_000);

  it('S12 turns while events of the book are opened', async () => {
    // Views that stand still have to be made up for.
    await views.runner.stop();
    await views.write(...Array.from({ length: 2_000 }, () => usage()));
    let opened = 0;
    const turns: number[] = [];
    const decode = views.decoder.decode.bind(views.decoder);
    views.decoder.decode = (stored) => {
      opened++;
      return decode(stored);
    };
    let ended = false;
    const watched = (async () => {
      while (!ended) {
        turns.push(opened);
        await nextTurn();
      }
    })();
    await ask.usage({ as_of: String(await views.events.head()) });
    ended = true;
    await watched;
    const steps = turns.map((at, index) => at - (turns[index - 1] ?? 0));
    expect(opened).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...steps)).toBeLessThanOrEqual(DOCUMENTS_AT_ONCE);
  });
});

describe('reads as of a moment', () => {
  /** Lets each read of the book wait until it is told to go on; counts those that wait, and all events given. */
  function held() {
    const readAll = views.events.readAll.bind(views.events);
    const state = { waiting: 0, events: 0, open: () => {} };
    const opened = new Promise<void>((resolve) => {
      state.open = resolve;
    });
    views.events.readAll = async function* (after) {
      state.waiting++;
      await opened;
      state.waiting--;
      for await (const event of readAll(after)) {
        state.events++;
        yield event;
      }
    };
    return state;
  }

  const turns = async (count = 50) => {
    for (let turn = 0; turn < count; turn++) await nextTurn();
  };

  it('S12 run two at once for an account, twenty wait, and more are 429 with Retry-After; another account is not held up', async () => {
    const as_of = String(await views.given(usage()));
    // What has come since makes it the past.
    await views.given(usage({ customer: BOB }));
    const store = held();
    const reads = Array.from({ length: 22 }, () => ask.usage({ as_of }, 'ada'));
    while (store.waiting < 2) await nextTurn();
    await turns();
    expect(store.waiting).toBe(2);
    expect(await refusal(ask.usage({ as_of }, 'ada'))).toMatchObject({
      code: 'rate_limited',
      status: 429,
      retryAfterMs: 1000,
    });
    expect((await ask.usage({}, 'ada'))['total'].requests).toBe(1);
    store.open();
    const totals = (await Promise.all(reads)).map(({ total }) => total.requests as number);
    expect(totals).toEqual(Array.from({ length: 22 }, () => 1));
    expect((await ask.usage({ as_of }, 'ada'))['total'].requests).toBe(1);
  });

  it('S12 end when their caller leaves, in the queue and at work, and make room for others', async () => {
    await views.runner.stop();
    await views.write(...Array.from({ length: 5_000 }, () => usage()));
    const as_of = String(await views.events.head());
    const store = held();
    const leaving = new AbortController();
    const left = Array.from({ length: 4 }, () =>
      ask.usage({ as_of }, 'ada', leaving.signal).catch((error: unknown) => error),
    );
    while (store.waiting < 2) await nextTurn();
    await turns();
    expect(store.waiting).toBe(2);
    store.open();
    while (store.events === 0) await nextTurn();
    leaving.abort(new Error('left'));
    expect(await Promise.all(left)).toEqual(left.map(() => new Error('left')));
    const { events } = store;
    expect(events).toBeLessThan(5_000);
    await turns();
    expect(store.events).toBe(events);
    expect((await ask.usage({ as_of }, 'ada'))['total'].requests).toBe(5_000);
  });

  it('S12 are given up after the longest time a read may take, naming what to ask for less of', async () => {
    await views.given(...Array.from({ length: 5_000 }, () => usage()));
    const hasty = asking(views, undefined, 1);
    const as_of = String((await views.events.head()) - 1);
    const refused = await refusal(hasty.usage({ as_of }, 'ada'));
    expect(refused).toMatchObject({ code: 'invalid_parameter', param: 'as_of' });
    expect(refused.message).toContain('shorter period');
  });
});

describe('reads as of a moment in the middle of an hour', () => {
  it('S12 read the calls of that hour in slices, and no others', async () => {
    const hours = (hoursAgo: number, count: number) =>
      Array.from({ length: count }, () => usage({ occurredAt: NOON - hoursAgo * 3_600_000 }));
    await views.given(...hours(3, 700), ...hours(2, 700));
    const then = await views.given(...hours(1, 300));
    await views.given(...hours(1, 300), ...hours(0, 700));
    let [read, most] = [0, 0];
    const unwatch = watchSearches(views.documents, {
      found: (found) => {
        read += found;
        most = Math.max(most, found);
      },
    });
    const answers = [
      await ask.usage({ as_of: String(then) }),
      await ask.usage({ as_of: String(then) }, 'ada'),
      await ask.usage({ as_of: String(then), group_by: 'hour' }),
      await ask.usage({ as_of: String(then), group_by: 'customer' }),
    ];
    unwatch();
    expect(answers.map(({ total }) => total.requests as number)).toEqual([1700, 1700, 1700, 1700]);
    expect(answers[2]!['data'].map(({ requests }: Row) => requests)).toEqual([700, 700, 300]);
    expect(most).toBeLessThanOrEqual(DOCUMENTS_AT_ONCE);
    // The hour's 600 calls for each answer, twice for the customer's own sums, and a few sums.
    expect(read).toBeLessThan(5 * 600 + 200);
  });
});

describe('reads of the views', () => {
  it('S12 end when their caller leaves, and let go of what they held', async () => {
    const sessions = Array.from({ length: 2_000 }, (_, index) => `s${index}`);
    await views.given(...sessions.map((sessionId) => usage({ personal: { sessionId } })));
    const leaving = new AbortController();
    let read = 0;
    const unwatch = watchSearches(views.documents, {
      found: (found) => {
        read += found;
        if (read > 300) leaving.abort(new Error('left'));
      },
    });
    await expect(ask.usage({ group_by: 'session' }, undefined, leaving.signal)).rejects.toThrow('left');
    unwatch();
    expect(read).toBeLessThan(1_000);
    expect((await ask.usage({ group_by: 'session' }))['total'].requests).toBe(2_000);
  });

  it('S12 run four at once for an account; the others take their turns', async () => {
    await views.given(usage());
    const { snapshot } = views.documents;
    let open = 0;
    let most = 0;
    views.documents.snapshot = async () => {
      most = Math.max(most, ++open);
      const begun = await snapshot.call(views.documents);
      const end = async () => {
        open--;
        await begun.end();
      };
      return { findTogether: begun.findTogether, end };
    };
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask.usage({ group_by: 'day' })));
    expect(answers.map(({ total }) => total.requests as number)).toEqual(answers.map(() => 1));
    expect(most).toBe(4);
  });
});
