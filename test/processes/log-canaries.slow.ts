import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { build, GatewayProcess, killGateways, type Launch } from '../support/gateway-process.js';
import {
  answer,
  chunk,
  completion,
  cut,
  delta,
  event,
  json,
  ScriptedUpstream,
  silence,
  type Script,
} from '../support/scripted-upstream.js';
import { until } from './clocked-process.js';

/** Words that stand for secrets and for people; each is found wherever it goes. */
const CANARIES = {
  serverKey: `ko_canary${'Server0Key'.repeat(4)}`,
  wrongKey: `ko_canary${'Wrong0Key'.repeat(4)}`,
  upstreamKey: 'canary-upstream-key-of-no-known-shape',
  prompt: 'canary-prompt',
  completion: 'canary-completion',
  user: 'canary-user',
  tag: 'canary-tag',
  property: 'canary-property',
  session: 'canary-session',
  metadata: 'canary-metadata',
} as const;

/** What the view of an account's customers and calls may show in plain; the book keeps it encrypted. */
const SHOWN_IN_VIEWS: readonly string[] = [
  CANARIES.user,
  CANARIES.tag,
  CANARIES.property,
  CANARIES.session,
  CANARIES.metadata,
];

let dir: string;
let upstream: ScriptedUpstream;

beforeAll(build, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-canaries-'));
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

const words = chunk([delta({ role: 'assistant', content: CANARIES.completion })]);

/** Everything a provider may blurt out: the key it was called with, and the prompt. */
const blurting = `Incorrect API key provided: ${CANARIES.upstreamKey} (Authorization: Bearer ${CANARIES.upstreamKey}); prompt was "${CANARIES.prompt}"`;

const SCRIPTS: readonly Script[] = [
  json(completion({ text: CANARIES.completion, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } })),
  json(
    { error: { message: blurting, type: 'invalid_request_error', code: 'invalid_api_key', param: null } },
    { status: 401 },
  ),
  json({ error: { message: blurting } }, { status: 500 }),
  answer(502, `<html>${blurting}</html>`, { 'content-type': 'text/html' }),
  answer(200, `{"broken": "${blurting}`, { 'content-type': 'application/json' }),
  cut([words]),
  cut([words, event({ error: { message: blurting, type: 'server_error' } })]),
  (_, response) => void response.destroy(),
];

const HEADERS = {
  authorization: `Bearer ${CANARIES.serverKey}`,
  'FC-Tag': CANARIES.tag,
  'FC-Property-Team': CANARIES.property,
  'FC-Session-Id': CANARIES.session,
};
const BODY = { user: CANARIES.user, messages: [{ role: 'user', content: CANARIES.prompt }] };

/** Spoils the customers' keys, which no code expects, and calls the gateway: its most talkative failure. */
async function provokeInternalError(launch: Launch): Promise<string> {
  const database = new DatabaseSync(join(dir, 'subjects.db'));
  // Those that every start tries its guards on stay: without them there is no start.
  database.exec("UPDATE subjects SET wrapped_key = zeroblob(60) WHERE account NOT LIKE '%canary'");
  database.close();
  const gateway = GatewayProcess.spawn(launch);
  await gateway.listening();
  expect(await (await gateway.chat(BODY, { headers: HEADERS })).text()).toContain('internal_error');
  // The log may be behind the answer, and SIGKILL takes what is not written yet.
  await until(() => gateway.output.includes('a request failed'));
  await gateway.kill();
  return gateway.output;
}

/** Makes calls in every way that could make a gateway talk; gives what callers were told. */
async function provoke(gateway: GatewayProcess): Promise<string> {
  const wrongKey = { ...HEADERS, authorization: `Bearer ${CANARIES.wrongKey}` };
  const told: string[] = [];
  const hear = async (response: Response) => void told.push(await response.text());

  for (const script of SCRIPTS) {
    for (const stream of [false, true]) {
      upstream.replyOnce(script);
      await hear(await gateway.chat({ ...BODY, stream }, { headers: HEADERS }));
    }
  }
  await hear(await gateway.chat({ ...BODY, model: CANARIES.prompt }, { headers: HEADERS }));
  await hear(await gateway.chat({ ...BODY, messages: CANARIES.prompt }, { headers: HEADERS }));
  await hear(await gateway.chat(BODY, { headers: wrongKey }));
  await hear(await gateway.chat(BODY, { headers: { ...HEADERS, 'FC-Customer': `other-${CANARIES.user}` } }));
  await hear(await gateway.fetch('/v1/chat/completions', { body: `{"broken": "${CANARIES.prompt}`, headers: HEADERS }));
  await hear(await gateway.fetch(`/v1/${CANARIES.user}?key=${CANARIES.serverKey}`, { headers: HEADERS }));
  await hear(
    await gateway.fetch('/v1/customers', {
      body: { external_id: `second-${CANARIES.user}`, metadata: { a: CANARIES.metadata } },
      headers: HEADERS,
    }),
  );

  const leaving = new AbortController();
  upstream.replyOnce(silence([words]));
  const open = await gateway.chat({ ...BODY, stream: true }, { headers: HEADERS, signal: leaving.signal });
  leaving.abort();
  await open.text().catch(() => undefined);
  // A read after all this waits until the views have it, so that they are looked at too.
  await hear(await gateway.fetch('/v1/usage', { headers: HEADERS }));
  return told.join('\n');
}

/** The canaries in some bytes, as they are or in another spelling. */
function canariesIn(bytes: Buffer): string[] {
  return Object.values(CANARIES).filter((canary) =>
    (['utf8', 'base64', 'hex'] as const).some((spelling) =>
      bytes.includes(Buffer.from(canary).toString(spelling).replace(/=+$/, '')),
    ),
  );
}

it('keys, prompts and people stand in no log line, and in the data directory only where they may', async () => {
  const env = {
    LOG_LEVEL: 'trace',
    RINGSIDE_BOOTSTRAP_KEY: CANARIES.serverKey,
    OPENAI_API_KEY: CANARIES.upstreamKey,
    RINGSIDE_UPSTREAM_RETRIES: '0',
  };
  const launch = { dir, upstreamUrl: upstream.url, env };
  const gateway = await GatewayProcess.start(launch);
  const told = await provoke(gateway);
  expect(upstream.count).toBe(2 * SCRIPTS.length + 1);
  expect(told).toContain('upstream_auth_failed');
  expect(told).not.toContain(CANARIES.upstreamKey);
  // A killed process leaves its write-ahead logs behind, which a closed one folds into its files.
  await gateway.kill();
  const output = gateway.output + (await provokeInternalError(launch));
  expect(output).toContain('a request failed');
  expect(canariesIn(Buffer.from(output))).toEqual([]);

  const found = new Map<string, string[]>();
  for (const file of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const store = relative(dir, path)
      .split('/')[0]!
      .replace(/-(wal|shm)$/, '');
    found.set(store, [...(found.get(store) ?? []), ...canariesIn(await readFile(path))]);
  }
  const silent = ['admin-token', 'ledger.db', 'master-key', 'spool', 'subjects.db', 'work.db'].map(
    (store) => [store, []] as const,
  );
  const expected = { ...Object.fromEntries(silent), 'views.db': SHOWN_IN_VIEWS };
  expect(Object.fromEntries([...found].map(([store, canaries]) => [store, [...new Set(canaries)]]))).toEqual(expected);
}, 90_000);
