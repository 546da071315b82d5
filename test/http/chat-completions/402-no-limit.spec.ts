import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { echo, ScriptedUpstream } from '../../support/scripted-upstream.js';

let ringside: Ringside;
beforeAll(async () => {
  const upstream = await ScriptedUpstream.start();
  const at = (provider: string) => ({
    [`${provider}_API_KEY`]: 'key-canary-0123456789',
    [`${provider}_BASE_URL`]: upstream.url,
  });
  ringside = await Ringside.start({ upstream, env: { ...at('GROQ'), ...at('OPENAI') } });
  ringside.upstream.reply(echo());
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const UNKNOWN = 'fc:groq/llama-3.3-70b-versatile';

/** What goes out for a call without a limit of a customer with this budget, and what of the budget is held for it. */
async function sentOf(
  model: string,
  capUsd: number,
  fields: object = {},
): Promise<{ limit: number | undefined; heldUsd: number }> {
  const { id } = await makeCustomer(ringside, `${model} ${capUsd} ${JSON.stringify(fields)}`, {
    monthly_budget_usd: capUsd,
  });
  expect((await answered(ringside.chat({ model, user: id, ...fields }))).status).toBe(200);
  const [held] = await eventsOf(ringside, 'UsageHeld', id);
  const { max_tokens, max_completion_tokens } = ringside.upstream.requests.at(-1)!.body as Record<
    string,
    number | undefined
  >;
  return { limit: max_tokens ?? max_completion_tokens, heldUsd: Number(held!.data.costNanoUsd) / 1e9 };
}

describe('a call without an output limit, of a customer with a budget', () => {
  it.each([0.005, 0.05])(
    'B23 of a model whose longest answer is not known has what the budget of $%d covers',
    async (capUsd) => {
      const { limit, heldUsd } = await sentOf(UNKNOWN, capUsd);
      expect(heldUsd).toBeLessThanOrEqual(capUsd);
      // One more token would not be covered, at less than $10 a million.
      expect(heldUsd).toBeGreaterThan(capUsd - 10e-6);
      expect(limit).not.toBe(4096);
    },
  );

  it('B23 of a model of which only the context is known holds that much and sends no limit, so that others go on beside it', async () => {
    const { limit, heldUsd } = await sentOf('fc:groq/meta-llama/llama-4-maverick-17b-128e-instruct', 50);
    expect([limit, heldUsd > 0.05, heldUsd < 1]).toEqual([undefined, true, true]);
  });

  it('B23 of two answers has half of it each', async () => {
    const [one, two] = [
      await sentOf('fc:openai/gpt-3.5-turbo', 0.004),
      await sentOf('fc:openai/gpt-3.5-turbo', 0.004, { n: 2 }),
    ];
    expect(Math.abs(one.limit! - 2 * two.limit!)).toBeLessThanOrEqual(4);
    expect(two.heldUsd).toBeLessThanOrEqual(0.004);
  });

  it('B23 of a model that is known has its own maximum, and no more is held', async () => {
    expect(await sentOf('fc:openai/gpt-4o-mini', 5)).toMatchObject({ limit: 16_384 });
    expect((await sentOf('fc:openai/gpt-4o-mini', 6)).heldUsd).toBeLessThan(0.05);
  });
});
