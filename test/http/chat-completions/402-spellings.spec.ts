import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { makeCustomer, setCap } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
let id: string;
beforeAll(async () => {
  ringside = await Ringside.start();
  id = (await makeCustomer(ringside, 'jürgen@example.com', { monthly_budget_usd: 0 })).id;
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/** The other inference routes, and a model there that costs something. */
const OTHER_ROUTES = { '/v1/embeddings': 'fc:openai/text-embedding-3-small', '/v1/moderations': 'fc:sandbox/moderate' };

/** Every way to name the customer. Headers are bytes, so that the name goes there as UTF-8. */
function spellings(): [string, Record<string, unknown>, Record<string, string>][] {
  const names = [id, 'ext:jürgen@example.com', 'jürgen@example.com'];
  const inHeader = (name: string) => ({ 'FC-Customer': Buffer.from(name).toString('latin1') });
  return names.flatMap((name) => [
    [`user ${name}`, { user: name }, {}],
    [`FC-Customer ${name}`, {}, inHeader(name)],
    [`both ${name}`, { user: name }, inHeader(name)],
    ...(name === id
      ? []
      : [
          [`both, ext: in one`, { user: names[1] }, inHeader(names[2]!)] satisfies ReturnType<typeof spellings>[number],
        ]),
  ]);
}

it('R7 body user and the FC-Customer header enforce alike: the exhausted customer is refused however it is named, stream and JSON', async () => {
  const before = ringside.upstream.count;
  for (const [named, body, headers] of spellings()) {
    for (const stream of [false, true]) {
      const { status, text } = await answered(ringside.chat({ ...body, stream }, headers));
      expect([named, status, JSON.parse(text)]).toMatchObject([
        named,
        402,
        { error: { code: 'customer_budget_exceeded' } },
      ]);
    }
    for (const [path, model] of Object.entries(OTHER_ROUTES)) {
      const { status, text } = await answered(ringside.fetch(path, { body: { ...body, model, input: 'Hi' }, headers }));
      expect([path, named, status, JSON.parse(text)]).toMatchObject([
        path,
        named,
        402,
        { error: { code: 'customer_budget_exceeded' } },
      ]);
    }
  }
  expect(ringside.upstream.count).toBe(before);
});

it('R7 body user and the FC-Customer header enforce alike: both given and different is attribution_conflict, and makes nobody', async () => {
  for (const [user, named] of [
    ['jürgen@example.com', 'somebody'],
    [id, 'somebody'],
    ['nobody', 'somebody'],
  ]) {
    const { status, text } = await answered(ringside.chat({ user }, { 'FC-Customer': named! }));
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { code: 'attribution_conflict', param: 'user' } }]);
  }
  expect((await ringside.get('/v1/customers')).data).toMatchObject([{ id }]);
});

it('R7 body user and the FC-Customer header enforce alike: usage lands on one customer however it is named', async () => {
  await setCap(ringside, id, 1_000_000_000);
  const named = spellings();
  for (const [, body, headers] of named) expect((await answered(ringside.chat(body, headers))).status).toBe(200);
  expect((await ringside.get('/v1/customers')).data).toMatchObject([{ id }]);
  expect(await ringside.get(`/v1/customers/${id}/usage`)).toMatchObject({ total: { requests: named.length } });
});
