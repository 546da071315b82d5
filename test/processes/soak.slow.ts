import { once } from 'node:events';
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, expectAuditPasses, GatewayProcess, HOUSE, killGateways } from '../support/gateway-process.js';
import { SERVER_KEY } from '../support/ringside.js';
import { soak } from '../bench/soak.ts';

/** `npm run bench -- --soak 30` is the long run, whose slope is what counts; this one sees what leaks at once. */
const MINUTES = 1;
const SETTLE_SECONDS = 10;
const MOST_RSS_MB = 500;

let dir: string;
let upstream: ChildProcess;
let upstreamPort: number;

beforeAll(async () => {
  await build();
  dir = mkdtempSync(join(tmpdir(), 'ringside-soak-'));
  upstream = fork(join(HOUSE, 'test/bench/upstream.ts'), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execPath: process.execPath,
    execArgv: [],
  });
  const [line] = (await once(upstream.stdout!, 'data')) as [Buffer];
  upstreamPort = Number(line.toString());
}, 180_000);

afterAll(async () => {
  await killGateways();
  upstream.kill();
  rmSync(dir, { recursive: true, force: true });
});

describe('under load', () => {
  it('R41 with 30 % of the calls left by their callers and 5 % failed upstream, nothing stays open and every call is booked', async () => {
    const gateway = await GatewayProcess.start({ dir, upstreamUrl: `http://127.0.0.1:${upstreamPort}/v1` });
    const { pid, url } = gateway;
    const result = await soak(
      { pid, port: Number(new URL(url).port), key: SERVER_KEY, upstreamPort, model: 'gpt-4o-mini' },
      MINUTES,
      SETTLE_SECONDS,
    );
    expect(result.unexpected).toEqual({ json: 0, stream: 0, left: 0, failing: 0 });
    expect(result.ledger.differences).toEqual([]);
    expect(result.after!.sockets).toBeLessThanOrEqual(result.before!.sockets);
    expect(result.after!.descriptors).toBeLessThanOrEqual(result.before!.descriptors);
    expect(result.after!.threads).toBeLessThanOrEqual(result.before!.threads);
    expect(Math.max(...result.samples.map(({ rssMb }) => rssMb))).toBeLessThan(MOST_RSS_MB);
    await gateway.stop();
    await expectAuditPasses(dir);
  }, 300_000);
});
