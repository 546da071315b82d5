import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, expectAuditPasses, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { SERVER_KEY } from '../support/ringside.js';
import { json, ScriptedUpstream } from '../support/scripted-upstream.js';

/** Keys of no shape that a pattern would know; the first is replaced by the second. */
const [FIRST, SECOND] = ['canary+of+a+developer+one', 'canary+of+a+developer+two'] as const;

let dir: string;
let upstream: ScriptedUpstream;

beforeAll(build, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-own-keys-'));
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

/** Whose keys stand in some bytes, as they are or in another spelling. */
function keysIn(bytes: Buffer): string[] {
  return [FIRST, SECOND].filter((key) =>
    (['utf8', 'base64', 'hex'] as const).some((spelling) =>
      bytes.includes(Buffer.from(key).toString(spelling).replace(/=+$/, '')),
    ),
  );
}

it('a developer’s own key outlives kill -9, and stands in no answer, log line or file', async () => {
  const launch = { dir, upstreamUrl: upstream.url, env: { LOG_LEVEL: 'trace', RINGSIDE_UPSTREAM_RETRIES: '0' } };
  let gateway = await GatewayProcess.start(launch);
  let output = '';
  const told: string[] = [];
  const headers = { authorization: `Bearer ${SERVER_KEY}` };
  const tell = async (response: Response) => {
    told.push(await response.text());
    return response.status;
  };
  const set = async (body: unknown) =>
    tell(await gateway.fetch('/v1/provider_keys/openai', { method: 'PUT', body, headers }));
  const killed = async () => {
    await gateway.kill();
    output += gateway.output;
  };

  expect(await set({ api_key: FIRST })).toBe(200);
  expect(await set({ api_key: SECOND })).toBe(200);
  for (const wrong of [
    { api_key: `${FIRST}\n` },
    { api_key: FIRST, kee: FIRST },
    { api_key: FIRST, base_url: `https://${FIRST}@x.example` },
  ]) {
    expect(await set(wrong)).toBe(400);
  }
  await killed();

  gateway = await GatewayProcess.start(launch);
  upstream.replyOnce((request, response, self) =>
    json({ error: { message: `who is ${JSON.stringify(request.headers)}?` } }, { status: 401 })(
      request,
      response,
      self,
    ),
  );
  expect(await tell(await gateway.chat({}, { headers }))).toBe(502);
  expect(upstream.requests.at(-1)!.headers.authorization).toBe(`Bearer ${SECOND}`);
  for (const path of ['/v1/provider_keys', '/v1/models', '/v1/requests'])
    await tell(await gateway.fetch(path, { headers }));
  await killed();

  expect(keysIn(Buffer.from(told.join('\n')))).toEqual([]);
  expect(output).toContain('"level"');
  expect(keysIn(Buffer.from(output))).toEqual([]);
  const found: string[] = [];
  for (const file of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && keysIn(await readFile(path)).length > 0) found.push(relative(dir, path));
  }
  expect(found).toEqual([]);
  await expectAuditPasses(dir);
}, 90_000);
