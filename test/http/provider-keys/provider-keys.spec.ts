import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OwnAccess } from '../../../src/domain/call/target.js';
import { ProviderKeyCache } from '../../../src/ledger/accounts/provider-key-cache.js';
import { SubjectStore } from '../../../src/ledger/keys/subject-store.js';
import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { SettableClock } from '../../support/settable-clock.js';
import { takeStoreOut } from '../../support/store-out.js';

const NOON = Date.UTC(2026, 10, 22, 12);
const KEY = 'sk-own-canary-2718281828-aBcD';
const NEXT_KEY = 'sk-own-canary-3141592653-wXyZ';

let ringside: Ringside;
/** A second gateway on the same book. */
let other: Ringside;
const clock = new SettableClock(NOON);
beforeAll(async () => {
  ringside = await Ringside.start({ clock });
  other = await Ringside.start({ clock, dir: ringside.dir, upstream: ringside.upstream });
}, 30_000);
beforeEach(() => clock.set(NOON));
afterEach(async () => {
  for (const { provider } of (await asked('/v1/provider_keys'))[1].data)
    await asked(`/v1/provider_keys/${provider}`, 'DELETE');
  await expectClosedBooks(ringside);
});
afterAll(async () => {
  await other.gateway.stop();
  await ringside.stop();
}, 15_000);

// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

async function asked(path: string, method = 'GET', body?: unknown, at = ringside): Promise<[number, Answer]> {
  const response = await at.fetch(path, { method, body });
  return [response.status, await response.json()];
}

const put = (provider: string, body: unknown) => asked(`/v1/provider_keys/${provider}`, 'PUT', body);

/** What calls of the account to a provider are made with, by the gateway that is asked. */
async function inForce(provider: string, at = ringside): Promise<OwnAccess | undefined> {
  const [{ account } = { account: '' }] = await eventsOf(ringside, 'AccountOpened');
  return at.gateway.app.get(ProviderKeyCache).ownAccess(account, provider);
}

/** Asks the other gateway until it has heard. */
async function expectThereSoon(provider: string, expected: OwnAccess | undefined): Promise<void> {
  while (JSON.stringify(await inForce(provider, other)) !== JSON.stringify(expected)) await new Promise(setImmediate);
}

describe('PUT /v1/provider_keys/:provider', () => {
  it('sets a key, in force with the next call and on every gateway, and shows its last four characters', async () => {
    expect([await inForce('openai'), await inForce('openai', other)]).toEqual([undefined, undefined]);
    const times = { created_at: NOON / 1000, updated_at: NOON / 1000 };
    const shown = {
      object: 'provider_key',
      provider: 'openai',
      last4: 'aBcD',
      base_url: null,
      organization: 'org-1',
      ...times,
    };
    expect(await put('openai', { api_key: KEY, organization: 'org-1' })).toEqual([200, shown]);
    const access = { apiKey: KEY, settings: { organization: 'org-1' } };
    expect(await inForce('openai')).toEqual(access);
    await expectThereSoon('openai', access);
    expect(await asked('/v1/provider_keys/openai')).toEqual([200, shown]);

    clock.advance(60_000);
    const body = { api_key: NEXT_KEY, base_url: 'https://proxy.example.com/v1', project: null };
    const replaced = {
      object: 'provider_key',
      provider: 'openai',
      last4: 'wXyZ',
      base_url: body.base_url,
      ...times,
      updated_at: NOON / 1000 + 60,
    };
    expect(await put('openai', body)).toEqual([200, replaced]);
    const next = { apiKey: NEXT_KEY, baseUrl: body.base_url, settings: {} };
    expect(await inForce('openai')).toEqual(next);
    await expectThereSoon('openai', next);
    expect(await asked('/v1/provider_keys')).toEqual([
      200,
      { object: 'list', data: [replaced], has_more: false, next_cursor: null },
    ]);

    expect(await asked('/v1/provider_keys/openai', 'DELETE')).toEqual([
      200,
      { object: 'provider_key', provider: 'openai', deleted: true },
    ]);
    expect(await inForce('openai')).toBeUndefined();
    await expectThereSoon('openai', undefined);
    for (const method of ['GET', 'DELETE']) {
      expect(await asked('/v1/provider_keys/openai', method)).toMatchObject([404, { error: { code: 'not_found' } }]);
    }
    expect((await asked('/v1/provider_keys'))[1].data).toEqual([]);
  });

  it('writes nothing when it is the same', async () => {
    await put('openai', { api_key: KEY, organization: 'org-1' });
    const before = await eventsOf(ringside, 'ProviderKeySet');
    expect(await put('openai', { organization: 'org-1', api_key: KEY, base_url: null })).toMatchObject([
      200,
      { last4: 'aBcD' },
    ]);
    expect(await eventsOf(ringside, 'ProviderKeySet')).toHaveLength(before.length);
    expect(await inForce('openai')).toMatchObject({ apiKey: KEY });
  });

  it.each([
    ['no key', {}, 'invalid_parameter', 'api_key'],
    ['a key that four characters would tell', { api_key: 'short-key' }, 'invalid_parameter', 'api_key'],
    ['a key that is no text', { api_key: 123456789012 }, 'invalid_parameter', 'api_key'],
    ['a key with a line break', { api_key: `${KEY}\n` }, 'invalid_parameter', 'api_key'],
    ['a key with a space', { api_key: `${KEY} x` }, 'invalid_parameter', 'api_key'],
    ['an endless key', { api_key: 'x'.repeat(5000) }, 'invalid_parameter', 'api_key'],
    ['a misspelt field', { api_key: KEY, base_ulr: 'https://example.com' }, 'invalid_parameter', 'base_ulr'],
    ['a setting of another provider', { api_key: KEY, region: 'eu-west-1' }, 'invalid_parameter', 'region'],
    [
      'a setting with a line break',
      { api_key: KEY, organization: 'a\r\nx-evil: 1' },
      'invalid_parameter',
      'organization',
    ],
    ['an empty setting', { api_key: KEY, organization: '' }, 'invalid_parameter', 'organization'],
    ['http', { api_key: KEY, base_url: 'http://example.com' }, 'invalid_url', 'base_url'],
    ['no URL', { api_key: KEY, base_url: 'example.com' }, 'invalid_url', 'base_url'],
    ['another scheme', { api_key: KEY, base_url: 'file:///etc/passwd' }, 'invalid_url', 'base_url'],
    ['credentials', { api_key: KEY, base_url: 'https://a:b@example.com' }, 'invalid_url', 'base_url'],
    ['a query', { api_key: KEY, base_url: 'https://example.com/v1?key=1' }, 'invalid_url', 'base_url'],
    ['this machine', { api_key: KEY, base_url: 'https://localhost:4242' }, 'invalid_url', 'base_url'],
    ['this machine, more cleverly', { api_key: KEY, base_url: 'https://x.LOCALHOST.' }, 'invalid_url', 'base_url'],
    ['an address', { api_key: KEY, base_url: 'https://169.254.169.254/latest' }, 'invalid_url', 'base_url'],
    ['an address as one number', { api_key: KEY, base_url: 'https://2852039166' }, 'invalid_url', 'base_url'],
    [
      'an address in octal and hexadecimal',
      { api_key: KEY, base_url: 'https://0251.0xfe.43518' },
      'invalid_url',
      'base_url',
    ],
    ['an IPv6 address', { api_key: KEY, base_url: 'https://[::1]/' }, 'invalid_url', 'base_url'],
    ['a name without a domain', { api_key: KEY, base_url: 'https://metadata/' }, 'invalid_url', 'base_url'],
    [
      'a name of a private network',
      { api_key: KEY, base_url: 'https://metadata.google.internal/' },
      'invalid_url',
      'base_url',
    ],
  ])('refuses %s, repeats nothing of it, and changes nothing', async (_, body, code, param) => {
    await put('openai', { api_key: NEXT_KEY });
    const before = await eventsOf(ringside, 'ProviderKeySet');
    const [status, answer] = await put('openai', body);
    expect([status, answer]).toMatchObject([400, { error: { type: 'invalid_request_error', code, param } }]);
    expect(JSON.stringify(answer)).not.toContain('canary');
    expect(await eventsOf(ringside, 'ProviderKeySet')).toHaveLength(before.length);
    expect(await inForce('openai')).toMatchObject({ apiKey: NEXT_KEY });
  });

  it('refuses what is no object', async () => {
    for (const body of ['[]', '"x"', 'null', '{'])
      expect(await put('openai', body)).toMatchObject([400, { error: { code: 'invalid_json' } }]);
  });

  it('refuses providers nobody knows, and those that take no keys', async () => {
    for (const provider of ['opemai', 'sandbox', '__proto__']) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? { api_key: KEY } : undefined;
        const refused = [
          400,
          { error: { code: 'unknown_provider', param: 'provider', message: expect.stringContaining('openai') } },
        ];
        expect(await asked(`/v1/provider_keys/${provider}`, method, body)).toMatchObject(refused);
      }
    }
  });

  it('needs a place for a provider that is at home on the gateway’s own machine', async () => {
    const refused = { error: { code: 'invalid_url', param: 'base_url' } };
    expect(await put('ollama', { api_key: KEY })).toMatchObject([400, refused]);
    expect(await put('ollama', { api_key: KEY, base_url: 'https://ollama.com' })).toMatchObject([
      200,
      { base_url: 'https://ollama.com' },
    ]);
    expect(await inForce('ollama')).toEqual({ apiKey: KEY, baseUrl: 'https://ollama.com', settings: {} });
  });

  it('leaves one key under any concurrency, and the secrets of no other', async () => {
    const keys = Array.from({ length: 10 }, (_, n) => `sk-own-canary-${n}-0000-${n}${n}${n}${n}`);
    const answers = await Promise.all(
      keys.map((api_key, n) => asked('/v1/provider_keys/openai', 'PUT', { api_key }, n % 2 ? ringside : other)),
    );
    expect(answers.map(([status]) => status)).toEqual(keys.map(() => 200));
    const last = (await eventsOf(ringside, 'ProviderKeySet')).at(-1)!;
    expect(last.personal).toMatchObject({ apiKey: expect.stringContaining('canary') });
    expect(await inForce('openai')).toMatchObject({ apiKey: last.personal!.apiKey });
    await expectThereSoon('openai', { apiKey: last.personal!.apiKey, settings: {} });
    expect(await survivors()).toEqual([last.subject]);
  });
});

/** The keys of secrets that still exist, of all that were ever set. */
async function survivors(): Promise<string[]> {
  const store = ringside.gateway.app.get(SubjectStore);
  const subjects = (await eventsOf(ringside, 'ProviderKeySet')).map(({ subject }) => subject);
  const found = await Promise.all(subjects.map((subject) => store.byCustomer(subject)));
  return found.flatMap((subject) => (subject ? [subject.customer] : []));
}

describe('the secrets of a key', () => {
  it('stand in no file and no answer, and once it is replaced or removed, nobody can read them any more', async () => {
    await put('openai', { api_key: KEY });
    await put('openai', { api_key: NEXT_KEY });
    const [first, second] = (await eventsOf(ringside, 'ProviderKeySet')).slice(-2);
    expect([first!.personal, second!.personal]).toEqual([null, { apiKey: NEXT_KEY, settings: {} }]);
    const answers = await Promise.all(
      ['/v1/provider_keys', '/v1/provider_keys/openai', '/v1/models'].map(async (path) =>
        (await ringside.fetch(path)).text(),
      ),
    );
    const shows = (text: string | Buffer) =>
      text.includes('own-canary') || text.includes('2718281828') || text.includes('3141592653');
    expect(answers.filter(shows)).toEqual([]);
    await ringside.settled();
    const names = (await readdir(ringside.dir)).filter((name) => /\.db/.test(name));
    expect(names).toEqual(expect.arrayContaining(['ledger.db', 'views.db', 'subjects.db']));
    const files = await Promise.all(
      names.map(async (name) => [name, await readFile(join(ringside.dir, name))] as const),
    );
    expect(files.filter(([, bytes]) => shows(bytes)).map(([name]) => name)).toEqual([]);
    await asked('/v1/provider_keys/openai', 'DELETE');
    expect(
      (await eventsOf(ringside, 'ProviderKeySet')).map(({ personal }) => personal).filter((personal) => personal),
    ).toEqual([]);
    expect(await survivors()).toEqual([]);
  });

  it('that could not be destroyed at once are when the key is next needed', async () => {
    await put('openai', { api_key: KEY });
    const store = ringside.gateway.app.get(SubjectStore);
    const destroy = store.destroy.bind(store);
    store.destroy = () => Promise.reject(new Error('not now'));
    expect((await put('openai', { api_key: NEXT_KEY }))[0]).toBe(500);
    expect(await inForce('openai')).toMatchObject({ apiKey: NEXT_KEY });
    expect(await survivors()).toHaveLength(2);
    store.destroy = destroy;
    expect(await put('openai', { api_key: NEXT_KEY })).toMatchObject([200, { last4: 'wXyZ' }]);
    expect(await survivors()).toHaveLength(1);
  });

  it('that are lost are not replaced by the platform’s key', async () => {
    await put('openai', { api_key: KEY });
    const [{ subject } = { subject: '' }] = (await eventsOf(ringside, 'ProviderKeySet')).slice(-1);
    await ringside.gateway.app.get(SubjectStore).destroy(subject);
    const later = await Ringside.start({ clock, dir: ringside.dir, upstream: ringside.upstream });
    await expect(inForce('openai', later)).rejects.toMatchObject({
      code: 'provider_not_configured',
      message: expect.stringContaining('PUT /v1/provider_keys/openai'),
    });
    expect(await inForce('ollama', later)).toBeUndefined();
    await later.gateway.stop();
  });

  it('are not set while the ledger is out', async () => {
    const bringBack = takeStoreOut(ringside);
    expect(await put('openai', { api_key: KEY })).toMatchObject([503, { error: { code: 'ledger_unavailable' } }]);
    bringBack();
    expect(await inForce('openai')).toBeUndefined();
    expect(await put('openai', { api_key: KEY })).toMatchObject([200, { last4: 'aBcD' }]);
  });
});
