import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { CreditedAccount } from '../../support/credited-account.js';
import { Ringside } from '../../support/ringside.js';
import { json } from '../../support/scripted-upstream.js';

const KEY = 'sk-own-canary-2718281828-aBcD';
const MINI = 'fc:openai/gpt-4o-mini';

let account: CreditedAccount;
let ringside: Ringside;
/** A second gateway on the same book. */
let other: Ringside;
beforeAll(async () => {
  account = await CreditedAccount.start('enforce');
  ringside = account.ringside;
  other = await Ringside.start({ dir: ringside.dir, upstream: ringside.upstream });
}, 30_000);
afterEach(async () => {
  await ringside.fetch('/v1/provider_keys/openai', { method: 'DELETE' });
  await expectClosedBooks(ringside);
});
afterAll(async () => {
  await other.gateway.stop();
  await ringside.stop();
}, 15_000);

const setKey = async (body: object = {}) =>
  expect(
    (await ringside.fetch('/v1/provider_keys/openai', { method: 'PUT', body: { api_key: KEY, ...body } })).status,
  ).toBe(200);

/** The key that the provider saw with a call. */
async function keySeen(at = ringside): Promise<string | undefined> {
  const response = await at.chat({ model: MINI });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  return ringside.upstream.requests.at(-1)!.headers.authorization?.slice('Bearer '.length);
}

it('calls are made with the developer’s own key and settings as long as there is one, on every gateway', async () => {
  expect(await keySeen()).toBe('sk-upstream-canary');
  await setKey({ organization: 'org-own' });
  expect(await keySeen()).toBe(KEY);
  expect(ringside.upstream.requests.at(-1)!.headers['openai-organization']).toBe('org-own');
  while ((await keySeen(other)) !== KEY);
  await ringside.fetch('/v1/provider_keys/openai', { method: 'DELETE' });
  expect(await keySeen()).toBe('sk-upstream-canary');
  expect(ringside.upstream.requests.at(-1)!.headers['openai-organization']).toBeUndefined();
  while ((await keySeen(other)) === KEY);
});

it('calls on an own key do not draw on the account’s credit, and pass when it is used up', async () => {
  const before = (await account.credit()).used;
  await keySeen();
  const { used } = await account.credit();
  expect(used).toBeGreaterThan(before);
  await setKey();
  await keySeen();
  expect((await account.credit()).used).toBe(used);
  const last = (await usageIn(ringside)).at(-1)!.data;
  expect([Number(last.costNanoUsd) > 0, last.creditNanoUsd]).toEqual([true, null]);
});

it('an own key shows in no error that a provider makes of it', async () => {
  await setKey();
  ringside.upstream.replyOnce(
    json({ error: { message: `Incorrect API key provided: ${KEY} (aBcD)` } }, { status: 401 }),
  );
  const response = await ringside.chat({ model: MINI });
  const text = await response.text();
  expect([response.status, text]).toEqual([502, expect.stringContaining('upstream_auth_failed')]);
  expect(text).not.toContain('2718281828');
});

it('an own key makes a provider callable that the platform has none for', async () => {
  const bare = await Ringside.start({ env: { OPENAI_API_KEY: '' } });
  expect((await bare.chat()).status).toBe(400);
  await bare.fetch('/v1/provider_keys/openai', { method: 'PUT', body: { api_key: KEY } });
  expect((await bare.chat()).status).toBe(200);
  expect(bare.upstream.requests.at(-1)!.headers.authorization).toBe(`Bearer ${KEY}`);
  await bare.stop();
}, 30_000);
