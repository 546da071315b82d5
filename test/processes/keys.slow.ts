import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, expectAuditPasses, GatewayProcess, HOUSE, killGateways } from '../support/gateway-process.js';
import { SERVER_KEY } from '../support/ringside.js';

const OTHER_KEY = `ko_${'another'.repeat(6)}`;
const NOT_USED =
  /^RINGSIDE_BOOTSTRAP_KEY was not used: the ledger already has a different key.*"ringside keys create"/m;

let dir: string;
beforeAll(async () => {
  await build();
  dir = await mkdtemp(join(tmpdir(), 'ringside-keys-'));
}, 120_000);
afterEach(killGateways);
afterAll(() => rm(dir, { recursive: true }));

/** `ringside keys create`, as an operator runs it. */
async function createKey(dataDir: string, ...options: string[]) {
  const env = { PATH: process.env['PATH'], RINGSIDE_DATA_DIR: dataDir };
  const run = promisify(execFile)(process.execPath, [join(HOUSE, 'dist/cli.js'), 'keys', 'create', ...options], {
    env,
    timeout: 60_000,
  });
  return run.then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({ stdout, stderr, code }),
  );
}

const statusWith = async ({ url }: GatewayProcess, key: string) =>
  (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;

describe('C5 a key for a data directory that has one already', () => {
  it('C5 says at the start that another RINGSIDE_BOOTSTRAP_KEY was not used, and nothing of the same one', async () => {
    const first = await GatewayProcess.start({ dir });
    expect(first.output).not.toMatch(/BOOTSTRAP/);
    await first.stop();
    const other = await GatewayProcess.start({ dir, env: { RINGSIDE_BOOTSTRAP_KEY: OTHER_KEY } });
    expect(other.output).toMatch(NOT_USED);
    expect(other.output).not.toContain(OTHER_KEY);
    expect([await statusWith(other, SERVER_KEY), await statusWith(other, OTHER_KEY)]).toEqual([200, 401]);
    await other.stop();
    const again = await GatewayProcess.start({ dir });
    expect(again.output).not.toMatch(/BOOTSTRAP/);
  }, 60_000);

  it('C5 ringside keys create makes one that a running gateway takes, and later ones', async () => {
    const gateway = await GatewayProcess.start({ dir });
    const made = await createKey(dir);
    expect(made).toEqual({ code: 0, stderr: '', stdout: expect.stringMatching(/^ko_[0-9A-Za-z]{40}\n$/) });
    const key = made.stdout.trim();
    expect([await statusWith(gateway, key), await statusWith(gateway, SERVER_KEY)]).toEqual([200, 200]);
    await gateway.stop();
    const later = await GatewayProcess.start({ dir, env: { RINGSIDE_BOOTSTRAP_KEY: key } });
    expect(later.output).not.toMatch(/BOOTSTRAP/);
    expect([await statusWith(later, key), await statusWith(later, SERVER_KEY)]).toEqual([200, 200]);
    await later.stop();
    await expectAuditPasses(dir);
  }, 120_000);

  it('C5 says in one line why it makes none', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'ringside-keys-'));
    expect(await createKey(empty)).toEqual({
      code: 1,
      stdout: '',
      stderr: `RINGSIDE_DATA_DIR must be the data directory of a gateway, but "${empty}" holds no master-key\n`,
    });
    expect(await readdir(empty)).toEqual([]);
    await rm(empty, { recursive: true });
    expect(await createKey(dir, '--account', 'acct_nobody')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'there is no such account\n',
    });
  }, 60_000);
});
