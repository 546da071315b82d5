import type { TierChanged } from '../../../src/domain/events/index.js';
import { Journal } from '../../../src/ledger/journal/journal.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

const TOKEN = 'the-operator-of-this-test';

let ringside: Ringside;
let account: string;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ADMIN_TOKEN: TOKEN } });
  account = (await admin('GET', ''))[1].data[0].id;
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
async function admin(method: string, path: string, body?: unknown): Promise<[number, any]> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await ringside.fetch(`/admin/ringside/accounts${path}`, { method, body, headers });
  return [response.status, await response.json()];
}

async function tierChanges(): Promise<TierChanged[]> {
  const { app } = ringside.gateway;
  const changes: TierChanged[] = [];
  for await (const stored of app.get(EventStore).readAll(0)) {
    const event = await app.get(Journal).decode(stored);
    if (event.type === 'TierChanged') changes.push(event);
  }
  return changes;
}

describe('GET /admin/ringside/accounts', () => {
  it('lists the accounts', async () => {
    const shown = {
      id: expect.stringMatching(/^acct_[0-9A-Za-z]{24}$/),
      object: 'account',
      created_at: expect.any(Number),
      tier: 'developer',
    };
    expect(await admin('GET', '')).toEqual([
      200,
      { object: 'list', data: [expect.objectContaining(shown)], has_more: false, next_cursor: null },
    ]);
    expect(await admin('GET', `/${account}`)).toMatchObject([200, { ...shown, id: account }]);
  });

  it.each(['limit=0', 'limit=x', 'cursor=???'])('refuses ?%s', async (query) => {
    expect(await admin('GET', `?${query}`)).toMatchObject([
      400,
      { error: { code: 'invalid_parameter', param: query.split('=')[0] } },
    ]);
  });

  it.each(['nobody', `acct_${'0'.repeat(24)}`])('answers 404 not_found for %s', async (id) => {
    expect(await admin('GET', `/${id}`)).toMatchObject([404, { error: { code: 'not_found' } }]);
    expect(await admin('PATCH', `/${id}`, { tier: 'pro' })).toMatchObject([404, { error: { code: 'not_found' } }]);
    expect(await tierChanges()).toEqual([]);
  });
});

describe('PATCH /admin/ringside/accounts/:id', () => {
  it.each<[string, unknown, string]>([
    ['an unknown tier', { tier: 'gold' }, 'tier'],
    ['a tier of null', { tier: null }, 'tier'],
    ['a tier in a list', { tier: ['pro'] }, 'tier'],
    ['a misspelt field', { tier: 'pro', teir: 'pro' }, 'teir'],
  ])('refuses %s, naming the field, and changes nothing', async (_, body, param) => {
    expect(await admin('PATCH', `/${account}`, body)).toMatchObject([
      400,
      { error: { code: 'invalid_parameter', param } },
    ]);
    expect(await tierChanges()).toEqual([]);
  });

  it('changes the tier, once', async () => {
    for (const tier of ['pro', 'pro', 'enterprise']) {
      expect(await admin('PATCH', `/${account}`, { tier })).toMatchObject([
        200,
        { id: account, object: 'account', tier },
      ]);
    }
    expect(await admin('PATCH', `/${account}`, {})).toMatchObject([200, { tier: 'enterprise' }]);
    expect(await admin('GET', '')).toMatchObject([200, { data: [{ id: account, tier: 'enterprise' }] }]);
    expect((await tierChanges()).map(({ account: of, actor, data }) => ({ of, actor, ...data }))).toEqual([
      { of: account, actor: 'operator', tier: 'pro' },
      { of: account, actor: 'operator', tier: 'enterprise' },
    ]);
  });

  it('keeps the last of many simultaneous changes', async () => {
    const before = (await tierChanges()).length;
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => admin('PATCH', `/${account}`, { tier: i % 2 ? 'pro' : 'developer' })),
    );
    const changes = await tierChanges();
    expect(changes.length).toBeGreaterThan(before);
    expect(await admin('GET', `/${account}`)).toMatchObject([200, { tier: changes.at(-1)!.data.tier }]);
  });

  it('an account goes on calling under its keys whatever its tier', async () => {
    expect((await ringside.chat({ model: 'fc:sandbox/echo' })).status).toBe(200);
  });
});
