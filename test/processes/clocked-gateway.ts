import type { ConfigLoader, Serve } from './clocked-process.js';

/**
 * The compiled gateway with a clock that stands at the first moment of `TEST_MOMENTS` (Unix ms, comma-separated) and
 * moves to the next one with each SIGUSR2. Runs in a process of its own; see `startAt`.
 */
const compiled = (module: string) => import(new URL(`../../dist/${module}`, import.meta.url).href);
const { serve } = (await compiled('serve.js')) as { serve: Serve };
const { loadConfig } = (await compiled('config/load-config.js')) as { loadConfig: ConfigLoader };

const moments = process.env['TEST_MOMENTS']!.split(',').map(Number);
const nowMs = () => moments[0]!;
const gateway = await serve(loadConfig(), { nowMs, elapsedMs: () => performance.now() });
process.on('SIGUSR2', () => {
  if (moments.length > 1) moments.shift();
  process.stdout.write(`the clock stands at ${nowMs()}\n`);
});
process.once('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));
process.stdout.write(`Ringside listens on ${gateway.url}/v1\n`);
