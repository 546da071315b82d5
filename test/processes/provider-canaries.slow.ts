import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { build, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { answer, bytes, json, ScriptedUpstream, type Script, type SeenRequest } from '../support/scripted-upstream.js';

const NETWORK = PROVIDERS.filter(({ reach }) => reach !== 'in-process');

/** A secret of no shape that a pattern would know, for each variable that holds one. */
const secretOf = (variable: string) => `canary+${variable.toLowerCase().replaceAll('_', '+')}`;

let dir: string;
let upstream: ScriptedUpstream;
const secrets = new Map<string, string>();

beforeAll(build, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-provider-canaries-'));
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

/** Every provider set up at the one upstream, each with secrets of its own. */
function environment(): Record<string, string> {
  const origin = new URL(upstream.url).origin;
  const env: Record<string, string> = {
    LOG_LEVEL: 'trace',
    AWS_REGION: 'eu-north-1',
    AWS_ACCESS_KEY_ID: 'AKIACANARY0123456789',
  };
  for (const { keyVariables, baseUrlVariables, settings = {} } of NETWORK) {
    const secret = Object.values(settings).flatMap(({ isSecret, variables }) => (isSecret ? variables : []));
    for (const variable of [...keyVariables, ...secret]) secrets.set(variable, secretOf(variable));
    for (const variable of baseUrlVariables.slice(0, 1)) env[variable] = origin;
  }
  // With it every call would be a bearer's, and nothing would be signed.
  secrets.delete('AWS_BEARER_TOKEN_BEDROCK');
  return { ...env, ...Object.fromEntries(secrets) };
}

/** All that a provider was told, which a careless one may tell again. */
const heard = ({ headers, path }: SeenRequest) => `no: ${JSON.stringify(headers)} ${path}`;

const SCRIPTS: readonly ((request: SeenRequest) => Script)[] = [
  (request) =>
    json(
      { error: { message: heard(request), type: 'authentication_error', code: null, param: heard(request) } },
      { status: 401 },
    ),
  (request) => json({ message: heard(request), detail: heard(request) }, { status: 500 }),
  (request) => answer(400, heard(request), { 'content-type': 'text/plain', 'x-amzn-errortype': 'ValidationException' }),
  (request) => json({ error: { message: heard(request), type: 'server_error' } }),
  (request) =>
    bytes(
      `event: error\ndata: ${JSON.stringify({ type: 'error', error: { message: heard(request), type: 'overloaded_error' } })}\n\n`,
    ),
];

it('no provider’s key stands in an answer, a log line, the ledger or any other file', async () => {
  const env = { ...environment(), RINGSIDE_UPSTREAM_RETRIES: '0' };
  const gateway = await GatewayProcess.start({ dir, env });
  const told: string[] = [];
  for (const { id } of NETWORK) {
    for (const script of SCRIPTS) {
      upstream.reply((request, response, self) => script(request)(request, response, self));
      for (const stream of [false, true]) {
        const body = { model: `fc:${id}/meta/some-model`, messages: [{ role: 'user', content: 'Hi' }], stream };
        const response = await gateway.chat(body);
        told.push(`${id} ${response.status} ${await response.text()}`);
      }
    }
    told.push(
      await (
        await gateway.fetch(`/v1/provider_keys/${id}`, {
          method: 'PUT',
          body: { api_key: `own+${secretOf(id)}`, base_url: 'https://example.test' },
        })
      ).text(),
    );
  }
  told.push(
    await (await gateway.fetch('/v1/provider_keys')).text(),
    await (await gateway.fetch('/v1/requests')).text(),
  );
  const answers = told.join('\n');
  expect(upstream.count).toBe(NETWORK.length * SCRIPTS.length * 2);
  const refused = NETWORK.map(({ id }) => id).filter(
    (id) => !new RegExp(`^${id} 502 .*upstream_auth_failed`, 'm').test(answers),
  );
  expect(refused).toEqual([]);
  // The book and the views are read as a crash leaves them.
  await gateway.kill();

  const own = NETWORK.map(({ id }) => `own+${secretOf(id)}`);
  const wanted = [...secrets.values(), ...own, 'AKIACANARY0123456789'];
  const found = (text: Buffer) =>
    wanted.filter((secret) =>
      (['utf8', 'base64', 'hex'] as const).some((as) =>
        text.includes(Buffer.from(secret).toString(as).replace(/=+$/, '')),
      ),
    );
  expect(found(Buffer.from(answers))).toEqual([]);
  expect(found(Buffer.from(gateway.output))).toEqual([]);
  for (const file of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (file.isFile())
      expect([file.name, found(await readFile(join(file.parentPath, file.name)))]).toEqual([file.name, []]);
  }
}, 120_000);
