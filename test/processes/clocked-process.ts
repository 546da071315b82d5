import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { loadConfig } from '../../src/config/load-config.js';
import type { serve } from '../../src/serve.js';
import { GatewayProcess, HOUSE, type Launch } from '../support/gateway-process.js';

export type Serve = typeof serve;
export type ConfigLoader = typeof loadConfig;

/** How often something is looked at that cannot be waited for. */
const LOOK_MS = 5;

/** Starts a gateway in a process of its own whose clock stands at the first of these moments (Unix ms). */
export function startAt(moments: readonly number[], launch: Launch): Promise<GatewayProcess> {
  const main = join(HOUSE, 'test/processes/clocked-gateway.ts');
  return GatewayProcess.start({ ...launch, main, env: { ...launch.env, TEST_MOMENTS: moments.join() } });
}

/** Moves such a gateway's clock to the next moment. */
export async function moveClock(gateway: GatewayProcess, to: number): Promise<void> {
  gateway.signal('SIGUSR2');
  await until(() => gateway.output.includes(`the clock stands at ${to}\n`));
}

/** Waits until something is true; fails with the test's own time-out. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(LOOK_MS);
}
