import type { Ringside } from '../support/ringside.js';
import { chunk, completion, delta, DONE } from '../support/scripted-upstream.js';
import { bookedOf, sse, startWires } from '../support/wires.js';

const TOKEN = 'operator-token-0123456789';
const USAGE = { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 };

let ringside: Ringside;
beforeAll(async () => {
  ringside = await startWires({ RINGSIDE_ADMIN_TOKEN: TOKEN });
});
afterAll(() => ringside.stop());

const answered = (model: string) => ({ ...completion({ usage: USAGE }), model });
const costOf = async (deployment: string, model: string, stream = false) => {
  const chunks = [chunk([delta({ content: 'Hi' }, 'stop')]), chunk([], { usage: USAGE })].map((one) =>
    one.replaceAll('gpt-4o-mini-2024-07-18', model),
  );
  const script = stream ? sse(...chunks, DONE) : answered(model);
  return (await bookedOf(ringside, `fc:azure/${deployment}`, script)).usage;
};

describe.each([false, true])('a deployment at Azure (stream: %s)', (stream) => {
  it.each([
    ['gpt-4o', 'gpt-4o-2024-11-20', '2500000000'],
    ['chat-in-production', 'gpt-4o-2024-11-20', '2500000000'],
    ['gpt-4o-mini', 'gpt-4o-2024-11-20', '2500000000'],
    ['o3', 'o3-2025-04-16', '2000000000'],
  ])('B37 costs what the model does that answers: %s answering as %s', async (deployment, model, costNanoUsd) => {
    expect(await costOf(deployment, model, stream)).toMatchObject({ costNanoUsd, flags: [] });
  });

  it.each([
    ['chat-in-production', 'our-own-model'],
    ['gpt-4o', 'our-own-model'],
    ['gpt-4o', 'gpt-4o-next-2027-01-01'],
    ['gpt-4o', 'constructor'],
  ])('B37 has no price where the model that answers has none: %s answering as %s', async (deployment, model) => {
    expect(await costOf(deployment, model, stream)).toMatchObject({ costNanoUsd: null, flags: ['unpriced'] });
  });

  it('B37 costs what its name does where the answer names no model', async () => {
    expect(await costOf('gpt-4o', '', stream)).toMatchObject({ costNanoUsd: '2500000000', flags: [] });
  });
});

it('B37 a budget works for a deployment whose name is known, or is set by the operator', async () => {
  await ringside.fetch('/v1/customers', { body: { external_id: 'ann', monthly_budget_usd: 10 } });
  const call = (deployment: string) =>
    bookedOf(ringside, `fc:azure/${deployment}`, answered('gpt-4o-mini-2024-07-18'), { user: 'ann', max_tokens: 10 });
  expect(await call('gpt-4o-mini')).toMatchObject({
    status: 200,
    usage: { costNanoUsd: '150000000', flags: ['overrun'] },
  });
  expect(JSON.parse((await call('chat')).text).error.code).toBe('model_unpriced');
  const prices = [{ provider: 'azure', model: 'chat', input_usd_per_mtok: 1, output_usd_per_mtok: 2 }];
  const set = { method: 'PUT', body: { prices }, headers: { authorization: `Bearer ${TOKEN}` } };
  expect((await ringside.fetch('/admin/ringside/prices', set)).status).toBe(200);
  expect(await call('chat')).toMatchObject({ status: 200, usage: { costNanoUsd: '1000000000' } });
  // Whatever answers, the operator's own price counts first.
  const unknown = await bookedOf(ringside, 'fc:azure/chat', answered('our-own-model'), { user: 'ann', max_tokens: 10 });
  expect(unknown).toMatchObject({ status: 200, usage: { costNanoUsd: '1000000000' } });
});

it('B37 a call with a budget costs what was held for it where the model that answers has no price', async () => {
  await ringside.fetch('/v1/customers', { body: { external_id: 'bob', monthly_budget_usd: 10 } });
  const body = { user: 'bob', max_tokens: 10 };
  const { usage } = await bookedOf(ringside, 'fc:azure/gpt-4o-mini', answered('our-own-model'), body);
  expect(usage).toMatchObject({ outcome: 'completed', flags: ['estimated'] });
  expect(Number(usage.costNanoUsd)).toBeGreaterThan(0);
});
