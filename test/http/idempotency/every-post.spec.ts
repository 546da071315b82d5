import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Journal } from '../../../src/ledger/journal/journal.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { ProjectionRunner } from '../../../src/views/runner.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';

const OPERATOR_TOKEN = 'operator-of-this-test';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ADMIN_TOKEN: OPERATOR_TOKEN } });
}, 30_000);
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

/** The paths that take a POST, as the router has them, e.g. `/v1/customers/:id/wallet/topup`. */
function postRoutes(): string[] {
  const server = ringside.gateway.app.getHttpAdapter().getInstance() as FastifyInstance;
  const tree = server.printRoutes({ commonPrefix: false });
  const routes: string[] = [];
  const branch: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent, path, methods] = /^([│ ]*)[├└]── (\S*) ?(?:\((.*)\))?$/.exec(line) ?? [];
    if (indent === undefined) continue;
    branch.splice(indent.length / 4, Infinity, path!);
    if (methods?.split(', ').includes('POST')) routes.push(branch.join(''));
  }
  return routes;
}

const keyed = (key: string) => ({ 'Idempotency-Key': key });

/** A POST with a key: what came back. */
async function post(path: string, body: unknown, key: string) {
  const response = await ringside.fetch(path, { body, headers: keyed(key) });
  const { headers } = response;
  return {
    status: response.status,
    type: headers.get('content-type'),
    body: await response.text(),
    requestId: headers.get('x-request-id'),
    replayed: headers.get('idempotency-replayed'),
  };
}

/** A sound body for each route that refuses an unsound one before it looks at the key. */
const BODIES = new Map<string, object>([
  ['/v1/customers', { external_id: 'x' }],
  ['/v1/customers/:id/wallet/topup', { amount_usd: 1 }],
  ['/v1/customers/:id/wallet/adjust', { amount_usd: 1 }],
  ['/v1/customers/:id/wallet/refund', { request_id: `req_${'0'.repeat(24)}` }],
  ['/admin/ringside/accounts/:id/credit', { amount_usd: 1 }],
]);

it('every POST route heeds Idempotency-Key', async () => {
  const routes = postRoutes();
  expect(routes).toEqual(
    expect.arrayContaining(['/v1/chat/completions', '/v1/embeddings', '/v1/moderations', '/v1/customers']),
  );
  const inference = { model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }], input: 'Hi' };
  const heedless: string[] = [];
  for (const route of routes) {
    const authorization = `Bearer ${route.startsWith('/admin/') ? OPERATOR_TOKEN : SERVER_KEY}`;
    const body = BODIES.get(route) ?? inference;
    const response = await ringside.fetch(route.replaceAll(/:\w+/g, 'x'), {
      body,
      headers: { authorization, ...keyed('""') },
    });
    const { error } = (await response.json()) as { error?: { param?: string } };
    if (response.status !== 400 || error?.param !== 'Idempotency-Key') heedless.push(route);
  }
  expect(heedless).toEqual([]);
});

describe('POST /v1/customers with a key', () => {
  it('answers 201 both times, with the same bytes, and makes one customer', async () => {
    const body = { external_id: 'cus_keyed', name: 'Ann', metadata: { plan: 'team', 10: 'b', 9: 'a' } };
    const first = await post('/v1/customers', body, 'make-ann');
    const { metadata, ...others } = body;
    const second = await post('/v1/customers', { metadata, ...others }, 'make-ann');
    expect(first).toMatchObject({ status: 201, type: 'application/json; charset=utf-8', replayed: null });
    expect(second).toEqual({ ...first, replayed: 'true' });
    const plain = await ringside.fetch(`/v1/customers/${(JSON.parse(first.body) as { id: string }).id}`);
    expect([plain.headers.get('content-type'), await plain.text()]).toEqual([first.type, first.body]);
    expect(await post('/v1/customers', { ...body, name: 'Bea' }, 'make-ann')).toMatchObject({
      status: 422,
      replayed: null,
    });
    expect(await post('/v1/customers', body, 'another key')).toMatchObject({ status: 409, replayed: null });
  });

  it('makes one customer under any concurrency', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => post('/v1/customers', { external_id: 'cus_many' }, 'make-many')),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    statuses.delete(409);
    expect([...statuses]).toEqual([201]);
    expect((await post('/v1/customers', { external_id: 'cus_many' }, 'make-many')).replayed).toBe('true');
    expect(await customersMade('cus_many')).toBe(1);
  });

  it('keeps no refusal: the corrected request runs under the same key', async () => {
    expect(await post('/v1/customers', { external_id: 'cus_misspelt', nmae: 'Ann' }, 'corrected')).toMatchObject({
      status: 400,
    });
    expect(await post('/v1/customers', '{', 'corrected')).toMatchObject({ status: 400 });
    expect(await post('/v1/customers', { external_id: 'cus_keyed' }, 'corrected')).toMatchObject({ status: 409 });
    expect(await post('/v1/customers', { external_id: 'cus_misspelt', name: 'Ann' }, 'corrected')).toMatchObject({
      status: 201,
      replayed: null,
    });
  });

  it('has nothing to do with the same key on another route', async () => {
    await post('/v1/customers', { external_id: 'cus_route' }, 'one-route');
    const body = { model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }] };
    expect(await post('/v1/chat/completions', body, 'one-route')).toMatchObject({ status: 422 });
  });
});

it('a request that changed the book and then failed does not run again', async () => {
  const failing = await Ringside.start();
  await failing.gateway.app.get(ProjectionRunner).stop();
  const make = async () => {
    const answer = await failing.fetch('/v1/customers', {
      body: { external_id: 'cus_unseen' },
      headers: keyed('unseen'),
    });
    return [
      answer.status,
      ((await answer.json()) as { error: object }).error,
      answer.headers.get('x-request-id')!,
    ] as const;
  };
  // The customer is made, but the views that should show it stand still.
  const [status, , requestId] = await make();
  expect(status).toBe(404);
  expect(await make()).toMatchObject([
    500,
    { code: 'internal_error', message: expect.stringContaining(requestId) },
    expect.any(String),
  ]);
  expect(await customersMade('cus_unseen', failing)).toBe(1);
  await failing.stop();
}, 30_000);

it('GET, PATCH and the like pass a key over', async () => {
  await ringside.fetch('/v1/customers', { body: { external_id: 'cus_patched' } });
  for (const name of ['Ann', 'Bea']) {
    const answer = await ringside.fetch('/v1/customers/cus_patched', {
      method: 'PATCH',
      body: { name },
      headers: keyed('patch'),
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { name }]);
  }
  expect((await ringside.fetch('/v1/customers/cus_patched', { headers: keyed('') })).status).toBe(200);
});

it('nothing of a kept request or answer can be read in the files', async () => {
  const canary = (of: string) => `canary-${of}-3141592653589793`;
  const messages = [{ role: 'user', content: canary('prompt') }];
  for (const stream of [true, false]) {
    const body = { model: 'fc:sandbox/echo', messages, user: canary('user'), stream };
    for (const _ of [1, 2])
      expect(await post('/v1/chat/completions', body, `${canary('key')}-${stream}`)).toMatchObject({ status: 200 });
  }
  await post('/v1/customers', { external_id: canary('made'), name: canary('name') }, canary('key'));
  const names = (await readdir(ringside.dir)).filter((name) => /\.db/.test(name));
  expect(names).toContain('work.db');
  const files = Buffer.concat(await Promise.all(names.map((name) => readFile(join(ringside.dir, name)))));
  const inFiles = ['prompt', 'key'].filter((of) => files.includes(canary(of)));
  const work = await Promise.all(['work.db', 'work.db-wal'].map((name) => readFile(join(ringside.dir, name))));
  const inWork = ['prompt', 'key', 'user', 'made', 'name'].filter((of) =>
    work.some((bytes) => bytes.includes(canary(of))),
  );
  expect([inFiles, inWork]).toEqual([[], []]);
});

async function customersMade(externalId: string, { gateway: { app } } = ringside): Promise<number> {
  let made = 0;
  for await (const stored of app.get(EventStore).readAll(0)) {
    const event = await app.get(Journal).decode(stored);
    if (event.type === 'CustomerCreated' && event.personal?.externalId === externalId) made++;
  }
  return made;
}
