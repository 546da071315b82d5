import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
  for (const user of ['cus_a', 'cus_b', 'cus_c']) {
    await (await ringside.chat({ model: 'fc:sandbox/echo', user }, { 'FC-Session-Id': `of ${user}` })).text();
  }
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/** Holds each read of the ledger's events back until `open`; counts those that wait and those that have been asked for. */
function holdReads() {
  const store = ringside.gateway.app.get(EventStore);
  const readAll = store.readAll.bind(store);
  const state = { asked: 0, waiting: 0, open: () => {} };
  const opened = new Promise<void>((resolve) => {
    state.open = () => {
      store.readAll = readAll;
      resolve();
    };
  });
  store.readAll = async function* (after) {
    state.asked++;
    state.waiting++;
    await opened;
    state.waiting--;
    yield* readAll(after);
  };
  return state;
}

/** The position of all that there is now, which is in the past: one more customer comes after it. */
let customers = 0;
async function pastPosition(): Promise<number> {
  const { as_of: asOf } = await ringside.get('/v1/usage');
  const external_id = `later-${++customers}`;
  const made = await ringside.fetch('/v1/customers', { method: 'POST', body: JSON.stringify({ external_id }) });
  expect(made.status).toBe(201);
  return asOf.position as number;
}

const until = async (holds: () => boolean) => {
  while (!holds()) await nextTurn();
};

describe.each(['usage', 'margin'])('GET /v1/%s', (route) => {
  it('S12 pages the rows of group_by', async () => {
    const whole = await ringside.get(`/v1/${route}?group_by=customer`);
    expect([whole.data.length, whole.has_more, whole.next_cursor]).toEqual([3, false, null]);
    const rows: unknown[] = [];
    let cursor = '';
    do {
      const page = await ringside.get(`/v1/${route}?group_by=customer&limit=1${cursor && `&cursor=${cursor}`}`);
      expect([page.data.length, page.total]).toEqual([1, whole.total]);
      rows.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor);
    expect(rows).toEqual(whole.data);
    expect(await ringside.get(`/v1/${route}`)).not.toHaveProperty('has_more');
  });

  it.each([
    ['limit=0&group_by=day', 'limit'],
    ['limit=5', 'limit'],
    ['limit=5&limit=6&group_by=day', 'limit'],
    ['cursor=%00%ff&group_by=day', 'cursor'],
    ['cursor=WzEsMl0&group_by=session', 'cursor'],
  ])('S12 refuses ?%s', async (query, param) => {
    const response = await ringside.fetch(`/v1/${route}?${query}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_parameter', param } },
    ]);
  });

  it('S12 answers whatever the words of group_by and the span of years are', async () => {
    for (const groupBy of [
      'property:%ED%A0%80',
      `property:${'x'.repeat(8000)}`,
      'property:__proto__',
      'property:%00',
    ]) {
      expect((await ringside.fetch(`/v1/${route}?group_by=${groupBy}`)).status).toBe(200);
    }
    const centuries = await ringside.get(`/v1/${route}?from=0001-01-01&to=9999-12-31&group_by=hour`);
    expect(centuries.total.requests).toBe(3);
    const then = await ringside.get(
      `/v1/${route}?from=0001-01-01&to=9999-12-31&group_by=hour&as_of=${centuries.as_of.position}`,
    );
    expect(then.data).toEqual(centuries.data);
  });
});

describe('reads as of a moment', () => {
  it('S12 of one account beyond two at work and twenty in the queue are 429 with Retry-After; other requests pass', async () => {
    const position = await pastPosition();
    const reads = holdReads();
    const path = (route: string) => `/v1/customers/cus_a/${route}?as_of=${position}`;
    const refused: Response[] = [];
    const answers = Array.from({ length: 30 }, async (_, index) => {
      const answer = await ringside.fetch(path(index % 2 ? 'usage' : 'margin'));
      if (answer.status === 429) refused.push(answer);
      return answer.status;
    });
    await until(() => refused.length === 8);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect(await refused[0]!.json()).toMatchObject({ error: { code: 'rate_limited' } });
    await until(() => reads.waiting === 2);
    expect((await ringside.get('/v1/usage')).total.requests).toBe(3);
    expect(reads.waiting).toBe(2);
    reads.open();
    expect((await Promise.all(answers)).filter((status) => status === 200)).toHaveLength(22);
  });

  it('S12 whose callers leave are not worked on any more', async () => {
    const position = await pastPosition();
    const reads = holdReads();
    const leaving = new AbortController();
    const left = Array.from({ length: 8 }, () =>
      ringside.fetch(`/v1/usage?as_of=${position}`, { signal: leaving.signal }).catch(() => 'left'),
    );
    await until(() => reads.waiting === 2);
    leaving.abort();
    expect(await Promise.all(left)).toEqual(left.map(() => 'left'));
    // A request that comes after them is answered after the server has seen them go.
    for (let turn = 0; turn < 3; turn++) await (await ringside.fetch('/v1/usage')).text();
    expect(reads.asked).toBe(2);
    reads.open();
    expect((await ringside.get(`/v1/usage?as_of=${position}`)).total.requests).toBe(3);
    expect(reads.asked).toBe(2);
  });
});
