import type { FastifyInstance } from 'fastify';
import type { ConfigLoader, Serve } from './clocked-process.js';

/**
 * The compiled gateway, which tells its routes, and with each SIGUSR2 the longest time that its main thread has worked
 * without a pause since the last one. That time is the thread's own, so that other programs on the machine do not
 * count. Runs in a process of its own.
 */
const compiled = (module: string) => import(new URL(`../../dist/${module}`, import.meta.url).href);
const { serve } = (await compiled('serve.js')) as { serve: Serve };
const { loadConfig } = (await compiled('config/load-config.js')) as { loadConfig: ConfigLoader };

const LOOK_MS = 5;

const gateway = await serve(loadConfig());
let longestMs = 0;
let [before, sinceMs] = [process.threadCpuUsage(), performance.now()];
setInterval(() => {
  const { user, system } = process.threadCpuUsage(before);
  longestMs = Math.max(longestMs, Math.min((user + system) / 1000, performance.now() - sinceMs));
  [before, sinceMs] = [process.threadCpuUsage(), performance.now()];
}, LOOK_MS);
process.on('SIGUSR2', () => {
  const { rss } = process.memoryUsage();
  process.stdout.write(`worked ${Math.round(longestMs)} ms without a pause, ${Math.round(rss / 2 ** 20)} MB\n`);
  longestMs = 0;
});
process.once('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));
const server = gateway.app.getHttpAdapter().getInstance() as FastifyInstance;
const routes = server.printRoutes({ commonPrefix: false });
process.stdout.write(`routes ${JSON.stringify(routes)}\nRingside listens on ${gateway.url}/v1\n`);
