import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { json } from '../../support/scripted-upstream.js';

const MINI = 'fc:openai/gpt-4o-mini';
const LLAMA = 'fc:ollama/llama3.2';

let ringside: Ringside;
/** A second gateway on the same book. */
let other: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
  other = await Ringside.start({ dir: ringside.dir, upstream: ringside.upstream });
}, 30_000);
afterEach(() => expectClosedBooks(ringside));
afterAll(async () => {
  await other.gateway.stop();
  await ringside.stop();
}, 15_000);

/** Points a slot somewhere, or removes it for undefined. */
async function point(alias: string, target: unknown, at = ringside): Promise<void> {
  const change = target === undefined ? { method: 'DELETE' } : { method: 'PUT', body: { target } };
  expect((await at.fetch(`/v1/slots/${alias}`, change)).status).toBe(200);
}

/** Calls a slot: which model served, or the code of the refusal. */
async function served(model: string, at = ringside, body: Record<string, unknown> = {}): Promise<string> {
  const response = await at.chat({ model, ...body });
  if (response.ok) {
    await response.text();
    return response.headers.get('x-ringside-model-used')!;
  }
  return ((await response.json()) as { error: { code: string } }).error.code;
}

it('a call to a slot goes where the slot leads at that moment, on every gateway, and is booked there', async () => {
  expect(await served('slot:fast')).toBe('slot_not_found');
  for (const target of [MINI, LLAMA, MINI, undefined]) {
    await point('fast', target);
    expect(await served('slot:fast')).toBe(target ?? 'slot_not_found');
    while ((await served('slot:fast', other)) !== (target ?? 'slot_not_found'));
  }
  await point('fast', LLAMA);
  expect(await served('slot:fast', ringside, { stream: true })).toBe(LLAMA);
  expect((await usageIn(ringside)).at(-1)!.data).toMatchObject({
    refAsked: 'slot:fast',
    refUsed: LLAMA,
    provider: 'ollama',
  });
});

it('a slot of several models is a cascade', async () => {
  await point('both', [MINI, LLAMA]);
  expect(await served('slot:both')).toBe(MINI);
  ringside.upstream.replyOnce(json({ error: { message: 'out of order' } }, { status: 500 }));
  expect(await served('slot:both')).toBe(LLAMA);
  expect(await served('slot:both', ringside, { stream: true })).toBe('fallback_with_stream_unsupported');
});

it('slots of several models in a cascade count as all of them', async () => {
  await point('many', Array(9).fill(MINI));
  const response = await ringside.chat({ model: ['slot:many', LLAMA] });
  expect(response.headers.get('x-ringside-model-used')).toBe(MINI);
  await response.text();
  const refused = await ringside.chat({ model: ['slot:many', LLAMA, 'slot:many'] });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { code: 'invalid_model_ref', param: 'model' } },
  ]);
});

it('a slot that leads to a provider that is not configured says so', async () => {
  await point('later', 'fc:anthropic/claude-sonnet-4-5');
  expect(await served('slot:later')).toBe('provider_not_configured');
});
