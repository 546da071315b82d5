import { SlotCache } from '../../../src/ledger/accounts/slot-cache.js';
import { eventsIn } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { SettableClock } from '../../support/settable-clock.js';

const TOKEN = 'the-operator-of-this-test';
const NOON = Date.UTC(2026, 10, 22, 12);
const MINI = 'fc:openai/gpt-4o-mini';
const LLAMA = 'fc:ollama/llama3.2';

let ringside: Ringside;
/** A second gateway on the same book. */
let other: Ringside;
const clock = new SettableClock(NOON);
beforeAll(async () => {
  const env = { RINGSIDE_ADMIN_TOKEN: TOKEN };
  ringside = await Ringside.start({ clock, env });
  other = await Ringside.start({ clock, env, dir: ringside.dir, upstream: ringside.upstream });
}, 30_000);
beforeEach(() => clock.set(NOON));
afterEach(() => expectClosedBooks(ringside));
afterAll(async () => {
  await other.gateway.stop();
  await ringside.stop();
}, 15_000);

// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

async function asked(path: string, method = 'GET', body?: unknown, at = ringside): Promise<[number, Answer]> {
  const headers: Record<string, string> = path.startsWith('/admin') ? { authorization: `Bearer ${TOKEN}` } : {};
  const response = await at.fetch(path, { method, body, headers });
  return [response.status, await response.json()];
}

const put = (alias: string, target: unknown) => asked(`/v1/slots/${alias}`, 'PUT', { target });
const patch = (alias: string, target: unknown) => asked(`/admin/ringside/slots/${alias}`, 'PATCH', { target });

const slotEvents = async () => (await eventsIn(ringside)).filter(({ type }) => /Slot/.test(type));

/** Where calls of the account are sent that name this slot, by the gateway that is asked. */
async function inForce(alias: string, at = ringside) {
  const { app } = at.gateway;
  const account = (await eventsIn(ringside)).find(({ type }) => type === 'AccountOpened')!.account!;
  return app.get(SlotCache).targetOf(account, alias);
}

/** Asks the other gateway until it has heard. */
async function expectThereSoon(alias: string, expected: readonly string[] | undefined, on = other): Promise<void> {
  while (JSON.stringify(await inForce(alias, on)) !== JSON.stringify(expected)) await new Promise(setImmediate);
}

describe('PUT /v1/slots/:alias', () => {
  it('makes a slot, and points it somewhere else, with the next call and on every gateway', async () => {
    expect(await inForce('fast')).toBeUndefined();
    expect(await inForce('fast', other)).toBeUndefined();
    const slot = {
      object: 'slot',
      alias: 'fast',
      target: MINI,
      scope: 'account',
      created_at: NOON / 1000,
      updated_at: NOON / 1000,
    };
    expect(await put('fast', MINI)).toEqual([200, slot]);
    expect(await inForce('fast')).toEqual([MINI]);
    await expectThereSoon('fast', [MINI]);
    clock.advance(60_000);
    const repointed = { ...slot, target: [LLAMA, MINI], updated_at: NOON / 1000 + 60 };
    expect(await put('fast', [LLAMA, MINI])).toEqual([200, repointed]);
    expect(await inForce('fast')).toEqual([LLAMA, MINI]);
    await expectThereSoon('fast', [LLAMA, MINI]);
    expect(await asked('/v1/slots/fast')).toEqual([200, repointed]);
    expect(await asked('/v1/slots/fast', 'GET', undefined, other)).toEqual([200, repointed]);
  });

  it('writes nothing when it leads there already', async () => {
    await put('same', [MINI]);
    const before = await slotEvents();
    expect(await put('same', MINI)).toMatchObject([200, { target: MINI }]);
    expect(await slotEvents()).toEqual(before);
    expect(before.at(-1)).toMatchObject({
      type: 'SlotSet',
      actor: expect.stringMatching(/^key:/),
      data: { alias: 'same', target: [MINI] },
    });
  });

  it.each([
    ['a bare name', 'gpt-4o', 'invalid_model_ref', 'target'],
    ['another slot', 'slot:fast', 'invalid_model_ref', 'target'],
    ['another slot in a list', [MINI, 'slot:fast'], 'invalid_model_ref', 'target[1]'],
    ['no reference at all', 7, 'invalid_model_ref', 'target'],
    ['null', null, 'invalid_parameter', 'target'],
    ['an empty list', [], 'invalid_model_ref', 'target'],
    ['a list in a list', [[MINI]], 'invalid_model_ref', 'target[0]'],
    ['more than ten', Array(11).fill(MINI), 'invalid_model_ref', 'target'],
    ['an endless name', `fc:openai/${'x'.repeat(300)}`, 'invalid_model_ref', 'target'],
    ['a provider nobody knows', 'fc:opemai/gpt-4o', 'unknown_provider', 'target'],
  ])('refuses %s, and changes nothing', async (_, target, code, param) => {
    const before = await slotEvents();
    expect(await put('fast', target)).toMatchObject([400, { error: { type: 'invalid_request_error', code, param } }]);
    expect(await patch('fast', target)).toMatchObject([400, { error: { code, param } }]);
    expect(await slotEvents()).toEqual(before);
  });

  it('refuses misspelt fields, no target, and aliases that no reference can have', async () => {
    expect(await asked('/v1/slots/fast', 'PUT', { target: MINI, targets: MINI })).toMatchObject([
      400,
      { error: { param: 'targets' } },
    ]);
    expect(await asked('/v1/slots/fast', 'PUT', {})).toMatchObject([
      400,
      { error: { code: 'invalid_parameter', param: 'target' } },
    ]);
    expect(await asked('/v1/slots/fast', 'PUT', [])).toMatchObject([400, { error: { code: 'invalid_json' } }]);
    for (const alias of ['-fast', 'a%20b', 'a%2Fb', 'x'.repeat(65), '%C3%A4']) {
      expect([alias, await put(alias, MINI)]).toMatchObject([
        alias,
        [400, { error: { code: 'invalid_parameter', param: 'alias' } }],
      ]);
    }
  });

  it('takes what is not configured yet, and every form of alias', async () => {
    for (const alias of ['x'.repeat(64), '7', 'a.b-c_D']) {
      expect(await put(alias, 'fc:openai/accounts/x/models/y')).toMatchObject([200, { alias }]);
      expect(await asked(`/v1/slots/${alias}`, 'DELETE')).toEqual([200, { object: 'slot', alias, deleted: true }]);
    }
  });

  it('has the last word under any concurrency', async () => {
    const targets = Array.from({ length: 12 }, (_, n) => `fc:openai/model-${n}`);
    const answers = await Promise.all(
      targets.map((target, n) => asked('/v1/slots/race', 'PUT', { target }, n % 2 ? ringside : other)),
    );
    expect(answers.map(([status]) => status)).toEqual(targets.map(() => 200));
    const written = (await slotEvents()).flatMap((event) =>
      event.type === 'SlotSet' && event.data.alias === 'race' ? [event.data.target] : [],
    );
    expect(written.flat().toSorted()).toEqual(targets.toSorted());
    // Each hears of what the other wrote, whoever was last.
    await expectThereSoon('race', written.at(-1));
    await expectThereSoon('race', written.at(-1), ringside);
  });
});

describe('the platform’s slots', () => {
  it('are everybody’s, below an account’s own of the same alias', async () => {
    expect(await patch('cheap', MINI)).toEqual([
      200,
      {
        object: 'slot',
        alias: 'cheap',
        target: MINI,
        scope: 'platform',
        created_at: NOON / 1000,
        updated_at: NOON / 1000,
      },
    ]);
    expect((await slotEvents()).at(-1)).toMatchObject({ type: 'PlatformSlotSet', actor: 'operator' });
    expect(await inForce('cheap')).toEqual([MINI]);
    await expectThereSoon('cheap', [MINI]);
    expect(await asked('/v1/slots/cheap')).toMatchObject([200, { target: MINI, scope: 'platform' }]);
    expect(await asked('/v1/slots/cheap', 'DELETE')).toMatchObject([404, { error: { code: 'not_found' } }]);

    await put('cheap', LLAMA);
    expect(await inForce('cheap')).toEqual([LLAMA]);
    expect(await asked('/v1/slots/cheap')).toMatchObject([200, { target: LLAMA, scope: 'account' }]);
    expect(await asked('/admin/ringside/slots/cheap')).toMatchObject([200, { target: MINI, scope: 'platform' }]);

    await asked('/v1/slots/cheap', 'DELETE');
    expect(await inForce('cheap')).toEqual([MINI]);
    await expectThereSoon('cheap', [MINI]);
    expect(await asked('/admin/ringside/slots/cheap', 'DELETE')).toEqual([
      200,
      { object: 'slot', alias: 'cheap', deleted: true },
    ]);
    expect(await inForce('cheap')).toBeUndefined();
    await expectThereSoon('cheap', undefined);
    expect(await asked('/admin/ringside/slots/cheap', 'DELETE')).toMatchObject([404, { error: { code: 'not_found' } }]);
    expect(await asked('/v1/slots/cheap')).toMatchObject([404, { error: { code: 'not_found' } }]);
  });
});

describe('lists of slots', () => {
  const aliasesOf = ({ data }: Answer) => data.map(({ alias, scope }: Answer) => `${alias} ${scope}`);

  it('show each alias once, in order, page by page', async () => {
    for (const { alias } of (await asked('/v1/slots'))[1].data) await asked(`/v1/slots/${alias}`, 'DELETE');
    for (const alias of ['a', 'c', 'd']) await put(alias, MINI);
    for (const alias of ['b', 'c', 'e']) await patch(alias, LLAMA);
    const all = ['a account', 'b platform', 'c account', 'd account', 'e platform'];
    const [status, whole] = await asked('/v1/slots');
    expect([status, whole]).toMatchObject([200, { object: 'list', has_more: false, next_cursor: null }]);
    expect(aliasesOf(whole)).toEqual(all);
    const pages: string[] = [];
    for (let cursor = ''; ;) {
      const [, page] = await asked(`/v1/slots?limit=2${cursor}`);
      pages.push(...aliasesOf(page));
      if (!page.has_more) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(pages).toEqual(all);
    expect(aliasesOf((await asked('/admin/ringside/slots'))[1])).toEqual(['b platform', 'c platform', 'e platform']);
    expect(await asked('/v1/slots?limit=0')).toMatchObject([400, { error: { param: 'limit' } }]);
  });
});

it('slots outlive a restart', async () => {
  await put('kept', [MINI, LLAMA]);
  const again = await Ringside.start({ clock, dir: ringside.dir, upstream: ringside.upstream });
  expect(await inForce('kept', again)).toEqual([MINI, LLAMA]);
  await again.gateway.stop();
});
