import type { FastifyInstance } from 'fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { loadConfig } from '../../../src/config/load-config.js';
import { SystemClock, SystemIds } from '../../../src/config/system.js';
import { guardRoutes, httpServer } from '../../../src/http/server.js';
import { FrontDoor } from '../../../src/http/server/front-door.js';
import { RawConnection, ServerSockets, WITH_KEY, type RawAnswer } from '../../support/raw-connection.js';
import { Ringside } from '../../support/ringside.js';
import { routesOf } from '../../support/routes.js';

const TOKEN = 'a-token-of-the-operator';
const MEGABYTE = 1024 * 1024;

let ringside: Ringside;
let sockets: ServerSockets;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ADMIN_TOKEN: TOKEN, RINGSIDE_BODY_LIMIT_MB: '10' } });
  sockets = new ServerSockets(ringside);
});
afterEach(() => RawConnection.closeAll());
afterAll(() => ringside.stop());

function expectEnvelope(answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, answer.body]).toEqual([status, { error: expect.objectContaining({ code }) }]);
  expect(answer.headers['x-request-id']).toMatch(/^req_/);
}

/** Sends a head and not one byte of the body it announces. */
async function askByHead(route: string, ...lines: string[]): Promise<{ answer: RawAnswer; connection: RawConnection }> {
  const connection = await RawConnection.open(ringside);
  connection.head(
    `${route.replaceAll(/[:*]\w*/g, 'x')} HTTP/1.1`,
    'host: x',
    'content-type: application/json',
    ...lines,
  );
  return { answer: await connection.answer(), connection };
}

describe('before a body is read', () => {
  it.each([[[]], [['authorization: Bearer ko_nobody']], [['authorization: Basic x']]])(
    'S2 every route answers a caller it does not know by the head alone, and the connection ends (%j)',
    async (credentials) => {
      const routes = routesOf(ringside.gateway.app.getHttpAdapter().getInstance() as FastifyInstance);
      const asked = [...routes, 'POST /v1/nothing', 'POST /', 'PUT /v1/chat/completions'];
      const heads = asked.flatMap((route) => [
        [route, 'content-length: 10000000'],
        [route, 'transfer-encoding: chunked'],
      ]) as [string, string][];
      const ask = async ([route, length]: [string, string]) => {
        const { answer, connection } = await askByHead(route, length, ...credentials);
        const known = routes.includes(route);
        const open = route === 'GET /healthz' || route === 'GET /readyz';
        if (!open) expectEnvelope(answer, known ? 401 : 404, known ? 'invalid_api_key' : 'not_found');
        expect([route, answer.headers['connection']]).toEqual([route, 'close']);
        await sockets.destroyed(connection);
      };
      await Promise.all(heads.map(ask));
    },
  );

  it('S2 the body of a stranger stays where it is: the health route answers meanwhile, and next to nothing is taken in', async () => {
    const ones = Buffer.from(`[${'1,'.repeat(5 * MEGABYTE - 2)}1]`);
    const strangers = await Promise.all(Array.from({ length: 10 }, () => RawConnection.open(ringside)));
    for (const stranger of strangers) {
      stranger
        .head(
          'POST /v1/customers HTTP/1.1',
          'host: x',
          'content-type: application/json',
          `content-length: ${ones.length}`,
        )
        .send(ones);
    }
    expect((await ringside.fetch('/healthz')).status).toBe(200);
    for (const stranger of strangers) {
      expectEnvelope(await stranger.answer(), 401, 'invalid_api_key');
      await sockets.destroyed(stranger);
      expect(sockets.of(stranger).bytesRead).toBeLessThan(MEGABYTE);
      stranger.close();
    }
  });

  it('S9 a hundred strangers who send 9 of 10 MB and wait are answered, and gone', async () => {
    const nine = Buffer.alloc(9 * MEGABYTE, 0x20);
    const strangers = await Promise.all(Array.from({ length: 100 }, () => RawConnection.open(ringside)));
    for (const stranger of strangers) {
      stranger.head('POST /v1/chat/completions HTTP/1.1', 'host: x', `content-length: ${10 * MEGABYTE}`).send(nine);
    }
    for (const stranger of strangers) {
      expectEnvelope(await stranger.answer(), 401, 'invalid_api_key');
      await sockets.destroyed(stranger);
      expect(sockets.of(stranger).bytesRead).toBeLessThan(MEGABYTE);
      stranger.close();
    }
  });

  it.each<[string, string, number, string]>([
    ['POST /v1/customers', WITH_KEY, 64 * 1024, '64 kB'],
    ['PUT /v1/slots/fast', WITH_KEY, 64 * 1024, '64 kB'],
    ['PUT /v1/provider_keys/openai', WITH_KEY, 64 * 1024, '64 kB'],
    ['PATCH /admin/ringside/slots/fast', `authorization: Bearer ${TOKEN}`, 64 * 1024, '64 kB'],
    ['PUT /admin/ringside/prices', `authorization: Bearer ${TOKEN}`, 2 * MEGABYTE, '2 MB'],
    ['POST /v1/chat/completions', WITH_KEY, 10 * MEGABYTE, '10 MB (RINGSIDE_BODY_LIMIT_MB)'],
    ['POST /v1/embeddings', WITH_KEY, 10 * MEGABYTE, '10 MB (RINGSIDE_BODY_LIMIT_MB)'],
    ['POST /v1/moderations', WITH_KEY, 10 * MEGABYTE, '10 MB (RINGSIDE_BODY_LIMIT_MB)'],
  ])('S2 %s takes no more than its route does, and says how much that is', async (route, credentials, limit, said) => {
    const { answer, connection } = await askByHead(route, credentials, `content-length: ${limit + 1}`);
    expectEnvelope(answer, 413, 'request_too_large');
    expect(answer.body.error.message).toContain(said);
    await sockets.destroyed(connection);
    const chunked = await RawConnection.open(ringside);
    chunked.head(`${route} HTTP/1.1`, 'host: x', credentials, 'transfer-encoding: chunked');
    chunked.send(`${(limit + 1).toString(16)}\r\n`).send(Buffer.alloc(limit + 1, 0x20));
    const late = await chunked.answer();
    expectEnvelope(late, 413, 'request_too_large');
    expect(late.body.error.message).toContain(said);
    await sockets.destroyed(chunked);
  });

  it('S2 a route that does not say who may ask it keeps the gateway from starting', () => {
    const config = loadConfig({ RINGSIDE_DATA_DIR: ringside.dir });
    const adapter: FastifyAdapter = httpServer(config, new SystemClock(), new SystemIds());
    guardRoutes(adapter, ringside.gateway.app.get(FrontDoor), config);
    expect(() => adapter.getInstance<FastifyInstance>().get('/v1/forgotten', () => 'x')).toThrow(
      /GET \/v1\/forgotten .*RouteAccess/,
    );
  });
});
