/**
 * `npm run bench`: what Ringside adds to a call, with everything on. Three processes share the machine: this one
 * generates the load, `upstream.ts` plays the provider, and the gateway is the built product with its defaults.
 *
 *   --quick            a fifth of the time, for a first look
 *   --profile SHAPE    no tables: load with `json` calls or `stream`s at 64 connections, then where CPU time went
 *   --capped           the profile is of customers with a budget
 *   --chunks           no load: what one chunk of a stream costs, by wire family
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureChunks, renderChunks } from './chunks.ts';
import { checkLedger } from './ledger-check.ts';
import { startGateway, startUpstream, type Started } from './processes.ts';
import { topFunctions } from './profile.ts';
import { describeMachine, render, type BenchResult } from './report.ts';
import { capCustomers, closedLoops, memoryWithOpenStreams, openLoops, profiledLoad, warmUp, type Bench } from './scenarios.ts';
import type { Served } from './served.ts';

const MODEL = 'gpt-4o-mini';
const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
const WHOLE_RUN_TIMEOUT_MS = 600_000;
const QUICK_SCALE = 0.2;
const PROFILE_ROWS = 30;

async function servedBy(upstream: Started): Promise<Served> {
  return (await (await fetch(`http://127.0.0.1:${upstream.port}/served`)).json()) as Served;
}

async function measure(bench: Bench, upstream: Started): Promise<BenchResult> {
  const startedAt = new Date().toISOString();
  await warmUp(bench);
  const open = await openLoops(bench);
  const closed = await closedLoops(bench);
  const { memory, failures } = await memoryWithOpenStreams(bench);
  const ledger = await checkLedger(bench.gateway.port, bench.gateway.key!, await servedBy(upstream), MODEL);
  return {
    machine: describeMachine(),
    startedAt,
    scale: bench.scale,
    openLoops: open,
    closedLoops: closed,
    memory,
    failures: failures + [...open, ...closed].reduce((sum, { direct, gateway }) => sum + direct.failures + gateway.failures, 0),
    ledger,
  };
}

/** @returns true when every call was answered and the books agree. */
async function main(folder: string): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      profile: { type: 'string' },
      capped: { type: 'boolean', default: false },
      chunks: { type: 'boolean', default: false },
      gateway: { type: 'string', default: join(HOUSE, 'dist/main.js') },
    },
  });
  if (values.chunks) {
    console.log(renderChunks(await measureChunks()));
    return true;
  }
  const profileFolder = values.profile === undefined ? undefined : join(folder, 'profile');
  const upstream = await startUpstream();
  const gateway = await startGateway({ script: values.gateway, upstreamPort: upstream.port, folder, profileFolder });
  const bench: Bench = {
    // The upstream counts direct calls under a model of their own, apart from those that must be in the book.
    direct: { name: 'upstream', port: upstream.port, model: 'direct', key: undefined },
    gateway: { name: 'ringside', port: gateway.port, model: `fc:openai/${MODEL}`, key: gateway.key },
    gatewayPid: gateway.pid,
    scale: values.quick ? QUICK_SCALE : 1,
  };
  await capCustomers(bench);
  if (profileFolder !== undefined) {
    const { load, sinceMs } = await profiledLoad(bench, values.profile === 'stream' ? 'stream' : 'json', values.capped);
    await gateway.stop();
    await upstream.stop();
    console.log(`${load.callsPerSecond.toFixed(0)} calls/s under the profiler, ${load.failures} failures`);
    console.log(topFunctions(profileFolder, sinceMs, PROFILE_ROWS));
    return load.failures === 0;
  }
  const result = await measure(bench, upstream);
  const exitCode = await gateway.stop();
  await upstream.stop();
  const results = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'last.json'), `${JSON.stringify(result, null, 2)}\n`);
  console.log(render(result));
  if (exitCode !== 0) console.log(`GATEWAY exited with ${exitCode}`);
  return result.failures === 0 && result.ledger.equal && exitCode === 0;
}

const folder = mkdtempSync(join(tmpdir(), 'ringside-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// Leaving by `exit` ends the children and removes their files.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const patience = setTimeout(() => {
  console.error('the bench took too long');
  process.exit(1);
}, WHOLE_RUN_TIMEOUT_MS);
process.exitCode = (await main(folder)) ? 0 : 1;
clearTimeout(patience);
