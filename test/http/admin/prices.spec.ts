import type { PriceBookPublished } from '../../../src/domain/events/index.js';
import { Journal } from '../../../src/ledger/journal/journal.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';
import { usageOf } from '../../support/serving.js';
import { completion, json } from '../../support/scripted-upstream.js';
import { SettableClock } from '../../support/settable-clock.js';

const TOKEN = 'the-operator-of-this-test';
const NOON = Date.UTC(2026, 10, 22, 12);

let ringside: Ringside;
const clock = new SettableClock(NOON);
beforeAll(async () => {
  ringside = await Ringside.start({ clock, env: { RINGSIDE_ADMIN_TOKEN: TOKEN } });
});
beforeEach(() => clock.set(NOON));
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

async function admin(
  method: string,
  body?: unknown,
  token = TOKEN,
  path = '/admin/ringside/prices',
): Promise<[number, Answer]> {
  const response = await ringside.fetch(path, { method, body, headers: { authorization: `Bearer ${token}` } });
  return [response.status, await response.json()];
}

async function publish(prices: readonly unknown[], note?: string): Promise<Answer> {
  const [status, book] = await admin('PUT', { prices, note });
  expect([status, book]).toEqual([200, expect.objectContaining({ object: 'price_book' })]);
  return book;
}

/** Refused, naming the field; the book holds nothing new. */
async function expectRefused(body: unknown, param: string, code = 'invalid_parameter'): Promise<string> {
  const before = await publishedBooks();
  const [status, { error }] = await admin('PUT', body);
  expect([status, error]).toMatchObject([400, { type: 'invalid_request_error', code, param }]);
  expect(await publishedBooks()).toEqual(before);
  return error.message;
}

async function publishedBooks(): Promise<PriceBookPublished[]> {
  const { app } = ringside.gateway;
  const books: PriceBookPublished[] = [];
  for await (const stored of app.get(EventStore).readAll(0)) {
    const event = await app.get(Journal).decode(stored);
    if (event.type === 'PriceBookPublished') books.push(event);
  }
  return books;
}

/** One call of a thousand tokens in, 100 of them cached, and ten out: what was booked of it. */
async function booked(model = 'fc:sandbox/echo') {
  if (model.startsWith('fc:openai')) {
    const usage = usageOf(1000, 10, 100);
    ringside.upstream.replyOnce(json(completion({ usage, model: model.slice('fc:openai/'.length) })));
    await ringside.chat({ model });
  } else await ringside.chat({ model, messages: [{ role: 'user', content: 'x'.repeat(40) }] });
  const { priceBook, price, costNanoUsd, flags } = (await usageIn(ringside)).at(-1)!.data;
  return { priceBook, price, costNanoUsd, flags };
}

const ECHO = { provider: 'sandbox', model: 'echo', input_usd_per_mtok: 3, output_usd_per_mtok: 5 };

describe('GET /admin/ringside/prices', () => {
  it('shows the list alone before anything is published', async () => {
    const [status, book] = await admin('GET');
    const version = expect.stringMatching(/^genai-prices-[^/]+$/);
    expect([status, book]).toEqual([
      200,
      { object: 'price_book', version, list_version: version, published_at: null, note: null, prices: [] },
    ]);
    expect(book.version).toBe(book.list_version);
  });

  it('shows what was published, to the last decimal, in a form that can be published again', async () => {
    const dates = { valid_from: '2026-11-22T13:00:00+01:00', valid_until: '2027-01-01' };
    const body = `{"note":"contract 7","prices":[
      {"provider":"openai","model":"gpt-4o*","input_usd_per_mtok":0.1,"cached_input_usd_per_mtok":1e-9,"output_usd_per_mtok":12345678.123456789,
       "cache_write_1h_usd_per_mtok":2.5,"audio_input_usd_per_mtok":40,"audio_output_usd_per_mtok":80,"request_usd":0.005},
      ${JSON.stringify({ ...ECHO, cache_write_usd_per_mtok: null, ...dates })}]}`;
    const response = await ringside.fetch('/admin/ringside/prices', {
      method: 'PUT',
      body,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const text = await response.text();
    expect(text).toContain('"output_usd_per_mtok":12345678.123456789,');
    const book = JSON.parse(text) as Answer;
    expect(book).toEqual({
      object: 'price_book',
      version: expect.stringMatching(new RegExp(`^${book.list_version.replace('+', '\\+')}/operator-[0-9a-f]{12}$`)),
      list_version: expect.any(String),
      published_at: NOON / 1000,
      note: 'contract 7',
      prices: [
        {
          provider: 'openai',
          model: 'gpt-4o*',
          input_usd_per_mtok: 0.1,
          cached_input_usd_per_mtok: 1e-9,
          cache_write_usd_per_mtok: null,
          cache_write_1h_usd_per_mtok: 2.5,
          audio_input_usd_per_mtok: 40,
          audio_output_usd_per_mtok: 80,
          request_usd: 0.005,
          output_usd_per_mtok: expect.any(Number),
          valid_from: null,
          valid_until: null,
        },
        {
          ...ECHO,
          cached_input_usd_per_mtok: null,
          cache_write_usd_per_mtok: null,
          cache_write_1h_usd_per_mtok: null,
          audio_input_usd_per_mtok: null,
          audio_output_usd_per_mtok: null,
          request_usd: null,
          valid_from: '2026-11-22T12:00:00Z',
          valid_until: '2027-01-01T00:00:00Z',
        },
      ],
    });
    expect((await publishedBooks()).at(-1)!.data.prices[0]).toMatchObject({
      input: '100000000',
      cachedInput: '1',
      output: '12345678123456789',
      cacheWrite1h: '2500000000',
      audioInput: '40000000000',
      audioOutput: '80000000000',
      request: '5000000',
    });
    expect(await admin('GET')).toEqual([200, book]);
    expect((await publish(book.prices.slice(1))).version).toBe((await publish([{ ...ECHO, ...dates }])).version);
  });
});

describe('PUT /admin/ringside/prices', () => {
  it('R31 every price has a source, a date and a version, and custom prices replace: new calls cost the new price, old events keep theirs', async () => {
    const spent = async () => Math.round((await ringside.get('/v1/usage')).total_cost_usd * 1e9);
    await publish([]);
    const spentBefore = await spent();
    const before = await booked();
    const first = await publish([ECHO]);
    const between = await booked();
    await publish([]);
    const after = await booked();
    expect(before).toMatchObject({ priceBook: first.list_version, costNanoUsd: String(10 * 1000 + 10 * 2000) });
    expect(between).toMatchObject({
      priceBook: first.version,
      costNanoUsd: String(10 * 3000 + 10 * 5000),
      flags: ['sandbox'],
    });
    expect(after).toEqual(before);
    const books = (await usageIn(ringside)).slice(-3).map(({ data }) => data.priceBook);
    expect(books).toEqual([first.list_version, first.version, first.list_version]);
    expect((await spent()) - spentBefore).toBe(30_000 + 80_000 + 30_000);
  });

  it('R31 every price has a source, a date and a version, and custom prices replace: the cached price of the list is not mixed in', async () => {
    await publish([{ provider: 'openai', model: 'gpt-4*', input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6 }]);
    expect(await booked('fc:openai/gpt-4-own')).toMatchObject({
      price: { input: '150000000', cachedInput: '150000000', cacheWrite: '150000000', output: '600000000' },
      costNanoUsd: String(1000 * 150 + 10 * 600),
    });
  });

  it('R31 every price has a source, a date and a version, and custom prices replace: a price counts from its first moment to its last', async () => {
    await publish([{ ...ECHO, valid_from: '2026-11-23', valid_until: '2026-11-24' }]);
    const costs = [];
    for (const moment of ['2026-11-22T23:59:59.999Z', '2026-11-23', '2026-11-23T23:59:59.999Z', '2026-11-24']) {
      clock.set(moment);
      costs.push(Number((await booked()).costNanoUsd));
    }
    expect(costs).toEqual([30_000, 80_000, 80_000, 30_000]);
  });

  it('gives a price to a model that the list does not know', async () => {
    await publish([]);
    expect(await booked('fc:openai/own-model')).toMatchObject({ costNanoUsd: null, flags: ['unpriced'] });
    await publish([{ provider: 'openai', model: 'own-model', input_usd_per_mtok: 1, output_usd_per_mtok: 0 }]);
    expect(await booked('fc:openai/own-model')).toMatchObject({ costNanoUsd: '1000000', flags: [] });
  });

  it('is in force again after a start', async () => {
    const { version } = await publish([ECHO]);
    await ringside.gateway.stop();
    ringside = await Ringside.start({
      dir: ringside.dir,
      clock,
      upstream: ringside.upstream,
      env: { RINGSIDE_ADMIN_TOKEN: TOKEN },
    });
    expect(await booked()).toMatchObject({ priceBook: version, costNanoUsd: '80000' });
  });

  it('calls in flight while books are published are priced by one book each', async () => {
    const books = [[], [ECHO], [{ ...ECHO, input_usd_per_mtok: 7 }]];
    const versions = new Map<string, string>();
    const publishing = (async () => {
      for (let round = 0; round < 12; round++) {
        const { version, prices } = await publish(books[round % 3]!);
        versions.set(
          version,
          String(prices[0] === undefined ? 1_000_000_000 : prices[0].input_usd_per_mtok * 1_000_000_000),
        );
      }
    })();
    await Promise.all(Array.from({ length: 60 }, () => ringside.chat({ model: 'fc:sandbox/echo' })));
    await publishing;
    const usage = (await usageIn(ringside)).slice(-60);
    for (const { data } of usage)
      expect([data.priceBook, data.price.input]).toEqual([data.priceBook, versions.get(data.priceBook)]);
  });

  it.each<[string, unknown, string]>([
    ['no prices', {}, 'prices'],
    ['prices that are no list', { prices: {} }, 'prices'],
    ['prices that are null', { prices: null }, 'prices'],
    ['a price that is null', { prices: [null] }, 'prices'],
    ['a price in a list', { prices: [[ECHO]] }, 'prices'],
    ['too many prices', { prices: Array.from({ length: 2001 }, (_, i) => ({ ...ECHO, model: `m${i}` })) }, 'prices'],
    ['an unknown field', { prices: [], notes: 'x' }, 'notes'],
    ['a note that is a number', { prices: [], note: 5 }, 'note'],
    ['a note of 501 characters', { prices: [], note: 'x'.repeat(501) }, 'note'],
    ['no provider', { prices: [{ ...ECHO, provider: undefined }] }, 'prices[0].provider'],
    ['no model', { prices: [ECHO, { ...ECHO, model: undefined }] }, 'prices[1].model'],
    ['an empty model', { prices: [{ ...ECHO, model: '' }] }, 'prices[0].model'],
    ['a star in the middle', { prices: [{ ...ECHO, model: 'gpt*mini' }] }, 'prices[0].model'],
    ['a model with a space', { prices: [{ ...ECHO, model: 'gpt 4' }] }, 'prices[0].model'],
    [
      'no output price',
      { prices: [ECHO, ECHO, { ...ECHO, output_usd_per_mtok: undefined }] },
      'prices[2].output_usd_per_mtok',
    ],
    ['an output price of null', { prices: [{ ...ECHO, output_usd_per_mtok: null }] }, 'prices[0].output_usd_per_mtok'],
    ['a negative price', { prices: [{ ...ECHO, input_usd_per_mtok: -0.1 }] }, 'prices[0].input_usd_per_mtok'],
    ['a price in quotes', { prices: [{ ...ECHO, input_usd_per_mtok: '1' }] }, 'prices[0].input_usd_per_mtok'],
    [
      'a tenth decimal',
      { prices: [{ ...ECHO, cached_input_usd_per_mtok: 1e-10 }] },
      'prices[0].cached_input_usd_per_mtok',
    ],
    ['a misspelt field', { prices: [{ ...ECHO, cache_read_usd_per_mtok: 1 }] }, 'prices[0].cache_read_usd_per_mtok'],
    ['a date that is none', { prices: [{ ...ECHO, valid_from: '2026-02-30' }] }, 'prices[0].valid_from'],
    ['a date that is a number', { prices: [{ ...ECHO, valid_until: 1_800_000_000 }] }, 'prices[0].valid_until'],
    [
      'an end before the beginning',
      { prices: [{ ...ECHO, valid_from: '2026-12-02', valid_until: '2026-12-01' }] },
      'prices[0].valid_until',
    ],
  ])('refuses %s, naming the field, and publishes nothing', async (_, body, param) => {
    expect(await expectRefused(body, param)).toContain(param);
  });

  it('refuses 1e400 and numbers that no double holds, and publishes nothing', async () => {
    for (const number of ['1e400', '1e-400', '0.12345678901234567890']) {
      const body = JSON.stringify({ prices: [ECHO] }).replace(':3', `:${number}`);
      await expectRefused(body, 'prices[0].input_usd_per_mtok');
    }
  });

  it('refuses a provider that does not exist, as calls do', async () => {
    await expectRefused({ prices: [ECHO, { ...ECHO, provider: 'opanai' }] }, 'prices[1].provider', 'unknown_provider');
  });

  it('R31 every price has a source, a date and a version, and custom prices replace: overlapping ones are refused, naming both', async () => {
    const message = await expectRefused(
      {
        prices: [
          { ...ECHO, valid_until: '2026-12-02' },
          { ...ECHO, model: 'slow-1' },
          { ...ECHO, valid_from: '2026-12-01' },
        ],
      },
      'prices[2]',
    );
    expect(message).toContain('prices[0]');
  });

  it.each(['', '[]', '{'])('refuses the body %j as invalid_json', async (body) => {
    expect(await admin('PUT', body)).toMatchObject([400, { error: { code: 'invalid_json' } }]);
  });
});

describe("the operator's door", () => {
  const ROUTES = [
    ['GET', '/admin/ringside/prices'],
    ['PUT', '/admin/ringside/prices'],
    ['GET', '/admin/ringside/accounts'],
    ['GET', '/admin/ringside/accounts/acct_1'],
    ['PATCH', '/admin/ringside/accounts/acct_1'],
  ] as const;

  it.each(ROUTES)('%s %s opens to the token alone', async (method, path) => {
    const before = await publishedBooks();
    const body = method === 'GET' ? undefined : { prices: [ECHO], tier: 'pro' };
    for (const authorization of [
      '',
      'Bearer ',
      `Bearer ${SERVER_KEY}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, -1)}`,
      TOKEN,
      `Basic ${TOKEN}`,
    ]) {
      const response = await ringside.fetch(path, { method, body, headers: { authorization } });
      expect([response.status, await response.json()]).toEqual([
        401,
        { error: { message: expect.any(String), type: 'authentication_error', code: 'invalid_api_key', param: null } },
      ]);
      expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    }
    expect(await publishedBooks()).toEqual(before);
  });

  it('without RINGSIDE_ADMIN_TOKEN a token is made at the first start, told then and never again', async () => {
    const first = await Ringside.start({ upstream: ringside.upstream });
    const { generatedAdminToken: token } = first.gateway;
    expect(
      (await first.fetch('/admin/ringside/prices', { headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
    await first.gateway.stop();
    const second = await Ringside.start({ upstream: ringside.upstream, dir: first.dir });
    expect(second.gateway.generatedAdminToken).toBeUndefined();
    expect(
      (await second.fetch('/admin/ringside/prices', { headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
    await second.gateway.stop();
  });

  it('the token opens nothing of an account', async () => {
    for (const path of ['/v1/usage', '/v1/customers', '/v1/requests', '/v1/margin'])
      expect(await admin('GET', undefined, TOKEN, path)).toMatchObject([401, { error: { code: 'invalid_api_key' } }]);
    const before = await usageIn(ringside);
    const [status] = await admin(
      'POST',
      { model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'x' }] },
      TOKEN,
      '/v1/chat/completions',
    );
    expect([status, await usageIn(ringside)]).toEqual([401, before]);
  });
});
