import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { SettableClock } from '../../support/settable-clock.js';

const TOKEN = 'the-operator-of-this-test';
const NOON = Date.UTC(2026, 10, 22, 12);

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock: new SettableClock(NOON), env: { RINGSIDE_ADMIN_TOKEN: TOKEN } });
}, 30_000);
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

async function listed(at = ringside): Promise<ReadonlyMap<string, Answer>> {
  const { data } = await at.get('/v1/models');
  return new Map(data.map((model: Answer) => [model.id, model]));
}

async function found(ref: string): Promise<[number, Answer]> {
  const response = await ringside.fetch(`/v1/models/${ref}`);
  return [response.status, await response.json()];
}

const set = (path: string, method: string, body: unknown) => {
  const headers: Record<string, string> = path.startsWith('/admin') ? { authorization: `Bearer ${TOKEN}` } : {};
  return ringside.fetch(path, { method, body, headers });
};

const MINI = {
  id: 'fc:openai/gpt-4o-mini',
  object: 'model',
  created: 0,
  owned_by: 'openai',
  ringside: { input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6, context_window: 128_000, priced: true },
};

const ECHO = {
  id: 'fc:sandbox/echo',
  object: 'model',
  created: 0,
  owned_by: 'sandbox',
  ringside: { input_usd_per_mtok: 1, output_usd_per_mtok: 2, context_window: null, priced: true },
};

describe('GET /v1/models', () => {
  it('lists what can be called, in one page: configured providers’ models with their prices, and the sandbox’s', async () => {
    const list = await ringside.get('/v1/models?limit=1');
    expect(list).toMatchObject({ object: 'list', has_more: false, next_cursor: null });
    const ids: string[] = list.data.map(({ id }: Answer) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const models = await listed();
    expect(models.get(MINI.id)).toEqual(MINI);
    expect(models.get(ECHO.id)).toEqual(ECHO);
    expect([...models.keys()]).toEqual(expect.arrayContaining(['fc:sandbox/embed', 'fc:sandbox/moderate']));
    expect(new Set([...models.values()].map(({ owned_by }) => owned_by))).toEqual(new Set(['openai', 'sandbox']));
  });

  it('writes prices with all their decimals, and those of the operator in place of the list’s', async () => {
    const prices = [
      { provider: 'openai', model: 'gpt-4o-mini', input_usd_per_mtok: 0.1, output_usd_per_mtok: 12.5 },
      { provider: 'ollama', model: 'Llama3.2:3b', input_usd_per_mtok: 0, output_usd_per_mtok: 1e-9 },
      { provider: 'ollama', model: 'qwen*', input_usd_per_mtok: 1, output_usd_per_mtok: 1 },
    ];
    await set('/admin/ringside/prices', 'PUT', { prices });
    const text = await (await ringside.fetch('/v1/models')).text();
    expect(text).toContain('"input_usd_per_mtok":0,"output_usd_per_mtok":0.000000001,');
    const models = await listed();
    expect(models.get(MINI.id).ringside).toMatchObject({ input_usd_per_mtok: 0.1, output_usd_per_mtok: 12.5 });
    expect([...models.keys()].filter((id) => id.startsWith('fc:ollama/'))).toEqual(['fc:ollama/Llama3.2:3b']);
    expect(models.get('fc:ollama/Llama3.2:3b').ringside).toMatchObject({ context_window: null, priced: true });
    await set('/admin/ringside/prices', 'PUT', { prices: [] });
    expect(await listed()).toEqual(
      new Map(
        [...models]
          .filter(([id]) => !id.startsWith('fc:ollama/'))
          .map(([id, model]) => [id, id === MINI.id ? MINI : model]),
      ),
    );
  });

  it('lists slots, with the figures of the first model they lead to', async () => {
    await set('/v1/slots/fast', 'PUT', { target: ['fc:openai/gpt-4o-mini', 'fc:ollama/llama3.2'] });
    await set('/v1/slots/local', 'PUT', { target: 'fc:ollama/llama3.2' });
    await set('/admin/ringside/slots/fast', 'PATCH', { target: 'fc:sandbox/echo' });
    await set('/admin/ringside/slots/common', 'PATCH', { target: 'fc:sandbox/echo' });
    const slot = { object: 'model', created: NOON / 1000, owned_by: 'slot' };
    const unknown = { input_usd_per_mtok: null, output_usd_per_mtok: null, context_window: null, priced: false };
    const fast = {
      id: 'slot:fast',
      ...slot,
      ringside: { ...MINI.ringside, target: ['fc:openai/gpt-4o-mini', 'fc:ollama/llama3.2'] },
    };
    expect([...(await listed()).values()].filter(({ owned_by }) => owned_by === 'slot')).toEqual([
      { id: 'slot:common', ...slot, ringside: { ...ECHO.ringside, target: 'fc:sandbox/echo' } },
      fast,
      { id: 'slot:local', ...slot, ringside: { ...unknown, target: 'fc:ollama/llama3.2' } },
    ]);
    expect(await found('slot:fast')).toEqual([200, fast]);
  });

  it('lists the models of a provider as long as the account has a key of its own for it', async () => {
    const bare = await Ringside.start({ env: { OPENAI_API_KEY: '', RINGSIDE_SANDBOX: 'off' } });
    expect([...(await listed(bare)).keys()]).toEqual([]);
    await bare.fetch('/v1/provider_keys/openai', { method: 'PUT', body: { api_key: 'sk-own-0123456789' } });
    expect((await listed(bare)).get(MINI.id)).toEqual(MINI);
    await bare.fetch('/v1/provider_keys/openai', { method: 'DELETE' });
    expect([...(await listed(bare)).keys()]).toEqual([]);
    await bare.stop();
  }, 30_000);

  it('C1 lists nothing that only other endpoints serve, but what judges by default', async () => {
    const ids = [...(await listed()).keys()];
    expect(
      ids.filter((id) =>
        /whisper|image|tts|transcribe|realtime|-pro$|codex|davinci|instruct|gpt-oss|:extended/.test(id),
      ),
    ).toEqual([]);
    expect(ids).toEqual(
      expect.arrayContaining([
        'fc:openai/omni-moderation-latest',
        'fc:openai/text-embedding-3-small',
        'fc:openai/gpt-audio',
      ]),
    );
    expect((await listed()).get('fc:openai/omni-moderation-latest').ringside).toMatchObject({
      input_usd_per_mtok: 0,
      priced: true,
    });
  });

  it('C1 each model that it lists is found by its reference, and one left out is not', async () => {
    for (const [id, model] of await listed()) expect(await found(id)).toEqual([200, model]);
    for (const ref of ['fc:openai/whisper-1', 'fc:openai/gpt-5-pro', 'fc:openai/gpt-4o-realtime-preview-2024-12-17']) {
      expect(await found(ref)).toMatchObject([
        404,
        { error: { code: 'model_not_found', message: expect.stringContaining(ref) } },
      ]);
    }
  });

  it('is what OpenAI’s SDK takes', async () => {
    const openai = ringside.openai();
    const ids: string[] = [];
    for await (const { id, object } of openai.models.list()) ids.push(`${object} ${id}`);
    expect(ids).toEqual([...(await listed()).keys()].map((id) => `model ${id}`));
    expect(await openai.models.retrieve(MINI.id)).toEqual(MINI);
    await expect(openai.models.retrieve('fc:openai/no-such-model')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

describe('GET /v1/models/{ref}', () => {
  it('finds a model by its reference, with its slashes escaped or not', async () => {
    for (const ref of [MINI.id, encodeURIComponent(MINI.id), 'fc:openai%2Fgpt-4o-mini']) {
      expect([ref, await found(ref)]).toEqual([ref, [200, MINI]]);
    }
  });

  it('finds a model that the price list knows by a part of its name', async () => {
    const ref = 'fc:openai/gpt-4o-mini-2024-07-18';
    expect((await listed()).has(ref)).toBe(false);
    expect(await found(ref)).toEqual([200, { ...MINI, id: ref }]);
  });

  it.each([
    'fc:openai/no-such-model',
    'fc:sandbox/no-such-model',
    'fc:ollama/llama3.2',
    'fc:opemai/gpt-4o',
    'slot:none',
    'gpt-4o-mini',
    'fc:openai/',
    'fc:openai',
    '%20',
  ])('answers 404 for %s', async (ref) => {
    expect(await found(ref)).toMatchObject([
      404,
      { error: { type: 'invalid_request_error', code: 'model_not_found', param: 'model' } },
    ]);
  });
});
