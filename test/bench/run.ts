/**
 * `npm run bench`: what Ringside adds to a call, with everything on. Four processes share the machine: this one
 * generates the load, `upstream.ts` plays the provider, `bare.ts` only forwards, and the gateway is the built product
 * with its defaults.
 *
 * --quick            a fifth of the time, for a first look
 * --compare REV      builds another revision and measures it in turns with this one
 * --profile SHAPE    no tables: load with `json` calls or `stream`s at 64 connections, then where CPU time went
 * --capped           the profile is of customers with a budget
 * --chunks           no load: what one chunk of a stream costs, by wire family
 * --attacks          no tables: each attack of `attacks/` on a gateway of its own, beside 50 good calls/s and a probe
 * of GET /healthz every 5 ms
 * --only S2,S6       the attacks are these
 * --hostile MINUTES  50 good calls/s, first alone, then beside 200 hostile callers and all attacks in turn
 * --scale [EVENTS]   no load: a ledger of a million events, or so many, written through the commands of a gateway: how
 * fast, how large, how fast it is rebuilt, audited and read (`scale/`). 20000 takes less than a minute
 * --soak MINUTES     60 calls/s, 30 % of them left by their caller and 5 % failed by the upstream: the slope of memory,
 * and what stays open
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureChunks, renderChunks } from './chunks.ts';
import { checkLedger } from './ledger-check.ts';
import { startBare, startGateway, startUpstream, type Started } from './processes.ts';
import { renderHostile, runHostile } from './hostile.ts';
import { topFunctions } from './profile.ts';
import { describeMachine, render, type BenchResult } from './report.ts';
import {
  capCustomers,
  closedLoops,
  memoryWithOpenStreams,
  openLoops,
  profiledLoad,
  warmUp,
  type Bench,
  type Side,
} from './scenarios.ts';
import type { Served } from './served.ts';
import { buildRevision, revisionOf, type BuiltRevision } from './revision.ts';
import { renderScale } from './scale/report.ts';
import { measureScale } from './scale/scale.ts';
import { renderSoak, soak } from './soak.ts';
import { renderAttacks, runAttacks } from './under-attack.ts';

const MODEL = 'gpt-4o-mini';
const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
/** Beside the minutes that were asked for. */
const WHOLE_RUN_TIMEOUT_MS = 900_000;
const QUICK_SCALE = 0.2;
const PROFILE_ROWS = 30;

async function servedBy(upstream: Started): Promise<Served> {
  return (await (await fetch(`http://127.0.0.1:${upstream.port}/served`)).json()) as Served;
}

/** The gateway of another revision with an upstream of its own, whose book is compared with its own. */
interface OtherGateway {
  readonly revision: BuiltRevision;
  readonly upstream: Started;
  readonly gateway: Started & { readonly key: string };
}

async function startOther(revision: string, folder: string): Promise<OtherGateway> {
  const built = buildRevision(HOUSE, revision, folder);
  const upstream = await startUpstream();
  const gateway = await startGateway({
    script: built.script,
    upstreamPort: upstream.port,
    folder: join(folder, 'of-other'),
    profileFolder: undefined,
  });
  return { revision: built, upstream, gateway };
}

async function measure(bench: Bench, upstream: Started, other: OtherGateway | undefined): Promise<BenchResult> {
  const startedAt = new Date().toISOString();
  await warmUp(bench);
  const open = await openLoops(bench);
  const closed = await closedLoops(bench);
  const { memory, failures } = await memoryWithOpenStreams(bench);
  const ledger = await checkLedger(bench.gateway.port, bench.gateway.key!, await servedBy(upstream), MODEL);
  const otherLedger =
    other && (await checkLedger(other.gateway.port, other.gateway.key, await servedBy(other.upstream), MODEL));
  const sides = [...open, ...closed].flatMap(({ direct, bare, gateway, other: also }) => [
    direct,
    bare,
    gateway,
    ...(also ? [also] : []),
  ]);
  return {
    revision: revisionOf(HOUSE),
    comparedWith: other?.revision.name,
    machine: describeMachine(),
    startedAt,
    scale: bench.scale,
    openLoops: open,
    closedLoops: closed,
    memory,
    failures: sides.reduce((sum, side) => sum + side.failures, failures),
    ledger,
    otherLedger,
  };
}

/** What is measured instead of the tables. */
interface Modes {
  readonly attacks: boolean;
  readonly only?: string | undefined;
  readonly hostile?: string | undefined;
  readonly soak?: string | undefined;
  readonly gateway: string;
}

/**
 * Measures a gateway that is attacked or has to last. Gives whether it passed: it lives, and its book is the
 * upstream's.
 */
async function withstand(
  { attacks, only, hostile, soak: soakMinutes, gateway: script }: Modes,
  folder: string,
): Promise<boolean> {
  const upstream = await startUpstream();
  try {
    if (soakMinutes !== undefined) return await withstandTime(script, folder, upstream, minutesOf(soakMinutes));
    return await withstandAttacks(script, folder, upstream, { attacks, only, hostile });
  } finally {
    await upstream.stop();
  }
}

async function withstandTime(script: string, folder: string, upstream: Started, minutes: number): Promise<boolean> {
  const gateway = await startGateway({ script, upstreamPort: upstream.port, folder, profileFolder: undefined });
  const { pid, port, key } = gateway;
  const result = await soak({ pid, port, key, upstreamPort: upstream.port, model: MODEL }, minutes);
  await gateway.stop();
  console.log(`${describeMachine()}\n\n${renderSoak(result)}`);
  return result.ledger.equal && Object.values(result.unexpected).every((count) => count === 0);
}

async function withstandAttacks(
  script: string,
  folder: string,
  upstream: Started,
  { attacks, only, hostile }: Pick<Modes, 'attacks' | 'only' | 'hostile'>,
): Promise<boolean> {
  const hostileUpstream = await startUpstream();
  const bench = { script, folder, upstream, hostile: hostileUpstream, model: MODEL };
  const chosen = only?.split(',');
  try {
    if (attacks) {
      const results = await runAttacks(bench, chosen);
      console.log(`${describeMachine()}\n\n${renderAttacks(results)}`);
      return results.every(({ lives }) => lives);
    }
    const result = await runHostile(bench, minutesOf(hostile), chosen);
    console.log(`${describeMachine()}\n\n${renderHostile(result)}`);
    return result.lives && result.ledger.equal && result.attacked.good.failures === 0;
  } finally {
    await hostileUpstream.stop();
  }
}

function minutesOf(text: string | undefined): number {
  const minutes = Number(text);
  if (!(minutes > 0)) throw new Error(`minutes are a number above zero, not ${text}`);
  return minutes;
}

/** A million where no number was given. */
function eventsOf(text = '1000000'): number {
  const events = Number(text);
  if (!(Number.isSafeInteger(events) && events > 0)) throw new Error(`events are a whole number, not ${text}`);
  return events;
}

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    compare: { type: 'string' },
    profile: { type: 'string' },
    capped: { type: 'boolean', default: false },
    chunks: { type: 'boolean', default: false },
    attacks: { type: 'boolean', default: false },
    only: { type: 'string' },
    hostile: { type: 'string' },
    soak: { type: 'string' },
    scale: { type: 'boolean', default: false },
    gateway: { type: 'string', default: join(HOUSE, 'dist/main.js') },
  },
  allowPositionals: true,
});

/** @returns true when every call was answered and the books agree. */
async function main(folder: string): Promise<boolean> {
  if (values.chunks) {
    console.log(renderChunks(await measureChunks()));
    return true;
  }
  if (values.scale) {
    console.log(`${describeMachine()}\n\n${renderScale(await measureScale(folder, eventsOf(positionals[0])))}`);
    return true;
  }
  if (values.attacks || values.hostile !== undefined || values.soak !== undefined) return withstand(values, folder);
  const profileFolder = values.profile === undefined ? undefined : join(folder, 'profile');
  const upstream = await startUpstream();
  const gateway = await startGateway({ script: values.gateway, upstreamPort: upstream.port, folder, profileFolder });
  const bare = await startBare(upstream.port);
  const other = values.compare === undefined ? undefined : await startOther(values.compare, folder);
  const sideOf = ({ pid, port, key }: Started & { readonly key: string }): Side => ({
    name: 'ringside',
    pid,
    port,
    model: `fc:openai/${MODEL}`,
    key,
  });
  const bench: Bench = {
    // The upstream counts calls that are not the gateway's under models of their own, apart from those that must be in
    // the book.
    direct: { name: 'upstream', pid: upstream.pid, port: upstream.port, model: 'direct', key: undefined },
    bare: { name: 'bare', pid: bare.pid, port: bare.port, model: 'bare', key: undefined },
    gateway: sideOf(gateway),
    other: other && sideOf(other.gateway),
    scale: values.quick ? QUICK_SCALE : 1,
  };
  await capCustomers(bench);
  if (profileFolder !== undefined) {
    const { load, sinceMs } = await profiledLoad(bench, values.profile === 'stream' ? 'stream' : 'json', values.capped);
    await gateway.stop();
    await bare.stop();
    await upstream.stop();
    console.log(`${load.callsPerSecond.toFixed(0)} calls/s under the profiler, ${load.failures} failures`);
    console.log(topFunctions(profileFolder, sinceMs, PROFILE_ROWS));
    return load.failures === 0;
  }
  const result = await measure(bench, upstream, other);
  const exitCode = await gateway.stop();
  await other?.gateway.stop();
  for (const started of [bare, upstream, ...(other ? [other.upstream] : [])]) await started.stop();
  keep(result);
  console.log(render(result));
  if (exitCode !== 0) console.log(`GATEWAY exited with ${exitCode}`);
  return result.failures === 0 && result.ledger.equal && result.otherLedger?.equal !== false && exitCode === 0;
}

/** Keeps a result beside those of other commits. */
function keep(result: BenchResult): void {
  const results = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${result.revision}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'ringside-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// Leaving by `exit` ends the children and removes their files.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const patience = setTimeout(
  () => {
    console.error('the bench took too long');
    process.exit(1);
  },
  WHOLE_RUN_TIMEOUT_MS * (values.scale ? 10 : values.compare === undefined ? 1 : 2) +
    60_000 * (Number(values.hostile ?? 0) + Number(values.soak ?? 0)),
);
process.exitCode = (await main(folder)) ? 0 : 1;
clearTimeout(patience);
