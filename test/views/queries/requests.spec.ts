import { accountOpened, ADA, BOB, customerCreated, id, NOON, UNATTRIBUTED, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking, refusal, type Asking } from './asking.js';

let views: ViewsUnderTest;
let ask: Asking;
const REQUEST = id('req', 'R');

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

const listed = async (parameters = {}) =>
  (await ask.requests(parameters))['data'].map(({ id: request }: { id: string }) => request);

describe('GetRequest', () => {
  it('shows a call with all that was measured and said of it', async () => {
    const personal = { tags: ['beta'], properties: { env: 'prod' }, sessionId: 's1' };
    await views.write(
      usage({ requestId: REQUEST, personal, data: { billableNanoUsd: '1500000000', flags: ['estimated'] } }),
    );
    expect(await ask.request(REQUEST)).toEqual({
      id: REQUEST,
      object: 'request',
      created_at: NOON / 1000,
      customer_id: ADA,
      endpoint: 'chat.completions',
      model: 'fc:openai/gpt-4o-mini',
      model_used: 'fc:openai/gpt-4o-mini',
      models_tried: ['fc:openai/gpt-4o-mini'],
      upstream_model: 'gpt-4o-mini-2024-07-18',
      provider: 'openai',
      stream: false,
      attempts: 1,
      status: 200,
      outcome: 'completed',
      error_code: null,
      input_tokens: 12,
      cached_input_tokens: 2,
      cache_write_tokens: 1,
      output_tokens: 6,
      reasoning_tokens: 3,
      cost_usd: 0.0000001,
      billable_usd: 1.5,
      flags: ['estimated'],
      latency_ms: 12.5,
      overhead_ms: 1.5,
      tags: ['beta'],
      properties: { env: 'prod' },
      session_id: 's1',
    });
  });

  it('an unknown price is null, never zero, and so is an amount nobody said', async () => {
    await views.write(usage({ requestId: REQUEST, data: { costNanoUsd: null, flags: ['unpriced'] } }));
    expect(await ask.request(REQUEST)).toMatchObject({ cost_usd: null, billable_usd: null, flags: ['unpriced'] });
  });

  it('a call without attribution, or whose key is gone, shows none', async () => {
    await views.write(usage({ requestId: REQUEST, customer: UNATTRIBUTED, personal: null }));
    expect(await ask.request(REQUEST)).toMatchObject({ customer_id: null, tags: [], properties: {}, session_id: null });
  });

  it('takes all attempts of a request together', async () => {
    const failed = {
      outcome: 'failed',
      status: 503,
      errorCode: 'upstream_unavailable',
      refUsed: 'fc:openai/a',
      costNanoUsd: '7',
    } as const;
    await views.write(
      usage({ requestId: REQUEST, data: failed }),
      usage({ requestId: `${REQUEST}x` }),
      usage({ requestId: REQUEST, data: { attempt: 2, refUsed: 'fc:openai/b' } }),
    );
    const expected = {
      id: REQUEST,
      attempts: 2,
      models_tried: ['fc:openai/a', 'fc:openai/b'],
      model_used: 'fc:openai/b',
      outcome: 'completed',
      error_code: null,
      input_tokens: 24,
      cost_usd: 0.000000107,
    };
    expect(await ask.request(REQUEST)).toMatchObject(expected);
    expect((await ask.requests())['data']).toMatchObject([{ id: `${REQUEST}x` }, expected]);
    expect((await ask.requests({ limit: '2' }))['data']).toContainEqual(expect.objectContaining(expected));
  });

  it('is 404 for no request and for another account', async () => {
    await views.write(usage({ requestId: REQUEST }));
    expect(await refusal(ask.request(id('req', 'nothing')))).toMatchObject({ code: 'not_found' });
    expect(await refusal(ask.request(''))).toMatchObject({ code: 'not_found' });
    expect(await refusal(asking(views, id('acct', 'other')).request(REQUEST))).toMatchObject({ code: 'not_found' });
  });
});

describe('ListRequests', () => {
  const at = (minutes: number, customer = ADA) =>
    usage({ requestId: id('req', `${minutes}m`), customer, occurredAt: NOON + minutes * 60_000 });

  it('lists the calls of the account, newest first, whoever they are for', async () => {
    await views.write(
      at(1),
      at(3, BOB),
      at(2, UNATTRIBUTED),
      usage({ account: id('acct', 'other'), customer: id('cust', 'other') }),
    );
    expect(await listed()).toEqual(['3m', '2m', '1m'].map((name) => id('req', name)));
  });

  it('of one customer, from inclusive, to exclusive', async () => {
    await views.write(at(1), at(2), at(3, BOB), at(4));
    expect(await listed({ customer: 'ada' })).toEqual(['4m', '2m', '1m'].map((name) => id('req', name)));
    expect(await listed({ customer: ADA, from: '2026-11-22T12:02:00Z', to: '2026-11-22T12:04:00Z' })).toEqual([
      id('req', '2m'),
    ]);
    expect(await listed({ from: '2026-11-22T12:03:00Z' })).toEqual(['4m', '3m'].map((name) => id('req', name)));
    expect(await listed({ to: '2026-11-22' })).toEqual([]);
  });

  it('gives every call once, page after page, also those of one moment', async () => {
    const calls = Array.from({ length: 11 }, (_, index) => at(index % 3));
    await views.write(...calls.map((call, index) => ({ ...call, requestId: id('req', index) })));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await ask.requests({ limit: '3', ...(cursor !== null && { cursor }) });
      seen.push(...page['data'].map((row: { id: string }) => row.id));
      cursor = page['next_cursor'];
    } while (cursor !== null);
    expect(seen).toHaveLength(11);
    expect(new Set(seen).size).toBe(11);
  });

  it.each([
    [{ from: '2026-11-23', to: '2026-11-22' }, 'from'],
    [{ from: 'yesterday' }, 'from'],
    [{ to: '2026-02-30' }, 'to'],
    [{ limit: '1000' }, 'limit'],
    [{ cursor: 'abc' }, 'cursor'],
    [{ cursor: Buffer.from('x y').toString('base64url') }, 'cursor'],
    [{ customer: ['ada', 'bob'] }, 'customer'],
  ])('%j is an invalid_parameter naming %s', async (parameters: Record<string, string | string[]>, param) => {
    expect(await refusal(ask.requests(parameters))).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('of a customer nobody knows is 404', async () => {
    expect(await refusal(ask.requests({ customer: 'nobody' }))).toMatchObject({ code: 'customer_not_found' });
  });
});
