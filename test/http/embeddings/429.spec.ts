import { expectClosedBooks } from '../../support/closing-assertions.js';
import { vectors } from '../../support/embedding-upstream.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { SettableClock } from '../../support/settable-clock.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock: new SettableClock() });
  ringside.upstream.reply(vectors());
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

it('tokens are estimated by the input alone, and settled by what was read', async () => {
  await makeCustomer(ringside, 'limited', { rate_limit_tpm: 100, rate_limit_rpm: 3 });
  const embed = (input: unknown) =>
    ringside.fetch('/v1/embeddings', { body: { model: 'fc:openai/text-embedding-3-small', input, user: 'limited' } });
  const first = await embed('x'.repeat(200));
  // Estimated at 50; one was read, so 99 are left.
  expect([first.status, first.headers.get('x-ratelimit-remaining-tokens'), first.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '50', '2']); // prettier-ignore
  const second = await embed('x'.repeat(400));
  const { error } = (await second.json()) as { error: { code: string } };
  expect([second.status, error.code, second.headers.get('retry-after-ms')]).toEqual([429, 'rate_limited', '600']);
  expect((await embed(['x'.repeat(200), 'y'])).status).toBe(200);
  expect((await embed('x')).status).toBe(200);
  expect((await embed('x')).status).toBe(429);
});
