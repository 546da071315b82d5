import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { skipUnless } from '../support/skip.js';

const schema = { type: 'string', pattern: `(${'a?'.repeat(60)})${'a'.repeat(100)}` };
const STUCK = {
  model: 'fc:sandbox/echo',
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
};

let dir: string;
beforeAll(build, 120_000);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-stuck-'));
});
afterEach(async () => {
  await killGateways();
  await rm(dir, { recursive: true });
});

/** The processes that a process has started. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

/** Undefined for a process that is gone, or is as good as that. */
function parentOf(pid: number | string): number | undefined {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}

skipUnless(existsSync('/proc/self/stat'), 'there is no /proc').describe(
  'a process with a pattern that never comes back',
  () => {
    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'S3 ends with %s, and its own processes with it',
      async (signal) => {
        const gateway = await GatewayProcess.start({ dir, upstreamUrl: 'http://127.0.0.1:1/v1' });
        const stuck = gateway.chat(STUCK).then(
          ({ status }) => status,
          () => 'broken off',
        );
        while (childrenOf(gateway.pid).length === 0) await wait(20);
        const children = childrenOf(gateway.pid);
        expect((await gateway.fetch('/healthz')).status).toBe(200);
        gateway.signal(signal);
        expect(await gateway.ended).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal });
        // A call that was being answered when the gateway was asked to stop is answered.
        expect(await stuck).toBe(signal === 'SIGTERM' ? 422 : 'broken off');
        while (children.some((child) => parentOf(child) !== undefined)) await wait(20);
      },
      60_000,
    );
  },
);
