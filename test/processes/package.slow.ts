import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GatewayProcess, HOUSE, killGateways } from '../support/gateway-process.js';
import { SERVER_KEY } from '../support/ringside.js';
import { skipUnless } from '../support/skip.js';
import type { SeenStream } from './stream-once.js';

const INSTALL_TIMEOUT_MS = 150_000;
const CALL_TIMEOUT_MS = 30_000;
const TEST_TIMEOUT_MS = INSTALL_TIMEOUT_MS + 60_000;

/** A shell that runs a command in a network of its own where nothing but the loopback device is. */
const NO_NETWORK = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];
const canCutOff = spawnSync(NO_NETWORK[0]!, [...NO_NETWORK.slice(1), 'true']).status === 0;

let folder: string;
let cache: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringside-package-'));
  cache = join(folder, 'cache');
  await npm(HOUSE, 'pack', '--pack-destination', folder);
  tarball = join(
    folder,
    (await readdir(folder)).find((name) => name.endsWith('.tgz'))!,
  );
  await install(join(folder, 'fresh'));
}, TEST_TIMEOUT_MS);

afterEach(killGateways);
afterAll(() => rm(folder, { recursive: true }));

/** Runs npm with a cache of its own, and without what the npm around this run tells its scripts. */
async function npm(cwd: string, ...args: string[]): Promise<void> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
  );
  await promisify(execFile)('npm', [...args, '--cache', cache], { cwd, env, timeout: INSTALL_TIMEOUT_MS });
}

/** Installs the packed package as a user would: in an empty folder, so without any lock file. */
async function install(into: string, ...options: string[]): Promise<void> {
  await mkdir(into);
  await npm(into, 'install', tarball, '--omit=dev', '--no-audit', '--no-fund', ...options);
}

const mainIn = (installed: string) => join(installed, 'node_modules/ringside/dist/main.js');

/** Makes Node say each connection that a process tries to make, and what it says then. */
const SAYS_CONNECTIONS = { NODE_DEBUG: 'net' };
const CONNECTION = /^NET \d+: (createConnection|connect:)/m;

/** Streams a completion with the stock SDK from a process of its own. */
async function streamOnce({ url }: GatewayProcess, within: readonly string[] = []): Promise<SeenStream> {
  const caller = fileURLToPath(new URL('./stream-once.ts', import.meta.url));
  const [command, ...args] = [...within, process.execPath, caller, url, SERVER_KEY];
  const env = { ...process.env, ...SAYS_CONNECTIONS };
  const { stdout, stderr } = await promisify(execFile)(command!, args, { env, timeout: CALL_TIMEOUT_MS });
  // That a caller is heard connecting makes a gateway's silence mean something.
  expect(stderr).toMatch(CONNECTION);
  return JSON.parse(stdout) as SeenStream;
}

const STREAMED: SeenStream = { ready: 200, status: 200, text: 'Hello from the package', done: true };

it(
  'R27 the packed package streams on a clean install',
  async () => {
    const gateway = await GatewayProcess.start({ dir: join(folder, 'data'), main: mainIn(join(folder, 'fresh')) });
    expect(await streamOnce(gateway)).toEqual(STREAMED);
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  },
  TEST_TIMEOUT_MS,
);

skipUnless(canCutOff, 'a network namespace needs Linux and root').it(
  'R42 it installs from a filled cache and starts with no network',
  async () => {
    const installed = join(folder, 'offline');
    await install(installed, '--offline');
    const gateway = GatewayProcess.spawn({
      dir: join(folder, 'data-offline'),
      main: mainIn(installed),
      within: NO_NETWORK,
      env: SAYS_CONNECTIONS,
    });
    await gateway.listening();
    expect(await streamOnce(gateway, ['nsenter', '--net', '--target', String(gateway.pid)])).toEqual(STREAMED);
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    expect(gateway.output).toMatch(/^NET \d+: /m);
    expect(gateway.output).not.toMatch(CONNECTION);
  },
  TEST_TIMEOUT_MS,
);
