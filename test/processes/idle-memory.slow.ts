import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryOf } from '../bench/processes.ts';
import { build, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { skipUnless } from '../support/skip.js';

/** Without the collection at the end of a start, and with V8's own flags for threads, it is 15 MB more. */
const MOST_RSS_MB = 205;

let dir: string;

beforeAll(async () => {
  await build();
  dir = mkdtempSync(join(tmpdir(), 'ringside-idle-'));
}, 180_000);

afterAll(async () => {
  await killGateways();
  rmSync(dir, { recursive: true, force: true });
});

skipUnless(existsSync('/proc/self/status'), 'memory is read from /proc').it(
  `a gateway that has just started holds at most ${MOST_RSS_MB} MB`,
  async () => {
    const gateway = await GatewayProcess.start({ dir });
    expect(memoryOf(gateway.pid)!.rssMb).toBeLessThanOrEqual(MOST_RSS_MB);
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  },
  60_000,
);
