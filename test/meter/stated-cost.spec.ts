import { expectClosedBooks, usageIn } from '../support/closing-assertions.js';
import { Ringside } from '../support/ringside.js';
import { completion, json, ScriptedUpstream } from '../support/scripted-upstream.js';

const TOKEN = 'operator-token-0123456789';
const MODEL = 'openai/gpt-4o-mini';

let ringside: Ringside;
beforeAll(async () => {
  const upstream = await ScriptedUpstream.start();
  const env = {
    OPENROUTER_API_KEY: 'or-key-0123456789',
    OPENROUTER_BASE_URL: upstream.url,
    RINGSIDE_ADMIN_TOKEN: TOKEN,
  };
  ringside = await Ringside.start({ upstream, env });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/** The usage event of an answer that says what it costs. */
async function booked(cost: unknown) {
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, cost };
  ringside.upstream.replyOnce(json(completion({ model: MODEL, usage })));
  expect((await ringside.chat({ model: `fc:openrouter/${MODEL}` })).status).toBe(200);
  return (await usageIn(ringside)).at(-1)!.data;
}

it('what the provider says that a call costs is its cost', async () => {
  expect(await booked(0.000123456)).toMatchObject({ costNanoUsd: '123456', statedCostNanoUsd: '123456', flags: [] });
});

it('without a word of the provider it is that of the tokens', async () => {
  const { costNanoUsd, statedCostNanoUsd, price } = await booked(undefined);
  expect(statedCostNanoUsd).toBeNull();
  expect(costNanoUsd).toBe(String((100n * BigInt(price.input!) + 10n * BigInt(price.output!)) / 1_000_000n));
});

it('R31 a custom price replaces what the provider says, too', async () => {
  const prices = [{ provider: 'openrouter', model: MODEL, input_usd_per_mtok: 1, output_usd_per_mtok: 2 }];
  const set = { method: 'PUT', body: { prices }, headers: { authorization: `Bearer ${TOKEN}` } };
  expect((await ringside.fetch('/admin/ringside/prices', set)).status).toBe(200);
  expect(await booked(0.000123456)).toMatchObject({ costNanoUsd: '120000', statedCostNanoUsd: null });
});
