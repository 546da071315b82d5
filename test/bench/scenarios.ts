import { nowMs } from './clock.ts';
import { closedLoop, openLoop, openStreams, type LoadResult } from './load.ts';
import { cpuSecondsOf, memoryOf, startOf } from './processes.ts';
import { requestsOf, type Shape, type Target } from './requests.ts';

/** One that calls go to, and its process. */
export interface Side extends Target {
  readonly pid: number;
}

/** Who takes part, and how long a measurement lasts. */
export interface Bench {
  /** The upstream alone. */
  readonly direct: Side;
  /** A proxy that does nothing but forward (`bare.ts`). */
  readonly bare: Side;
  readonly gateway: Side;
  /** The gateway of another revision, measured in turns with this one; undefined where none is asked for. */
  readonly other: Side | undefined;
  /** Scales every duration; 1 is the full run. */
  readonly scale: number;
}

const MANY = Array.from({ length: 200 }, (_, n) => `bench-${String(n).padStart(3, '0')}`);
const ONE = ['bench-one'];
/** Customers with a budget that lasts: every call places a hold, and none is refused. */
const CAPPED = MANY.map((name) => `capped-${name}`);
const CAPPED_ONE = ['capped-one'];
const BUDGET_USD = 1_000_000;
const OPEN_STREAMS = 1000;

/** What one side made of a load. */
export interface Measured extends LoadResult {
  /** CPU milliseconds of its process, all threads, for each call; undefined where there is no `/proc`. */
  readonly cpuMsPerCall: number | undefined;
}

/** One line of the report: the same load on each side, one after the other. */
export interface Comparison {
  readonly load: string;
  readonly direct: Measured;
  readonly bare: Measured;
  readonly gateway: Measured;
  readonly other: Measured | undefined;
}

type Run = (target: Target, requests: readonly Buffer[]) => Promise<LoadResult>;

async function measured(side: Side, shape: Shape, customers: readonly string[], run: Run): Promise<Measured> {
  const before = cpuSecondsOf(side.pid);
  const result = await run(side, requestsOf(side, shape, customers));
  const after = cpuSecondsOf(side.pid);
  return {
    ...result,
    cpuMsPerCall: before === undefined || after === undefined ? undefined : ((after - before) * 1000) / result.calls,
  };
}

async function compare(
  bench: Bench,
  load: string,
  shape: Shape,
  customers: readonly string[],
  run: Run,
): Promise<Comparison> {
  process.stderr.write(`  ${load} …\n`);
  const on = (side: Side) => measured(side, shape, customers, run);
  const direct = await on(bench.direct);
  const bare = await on(bench.bare);
  const gateway = await on(bench.gateway);
  return { load, direct, bare, gateway, other: bench.other && (await on(bench.other)) };
}

/** Makes the customers that have a budget. */
export async function capCustomers({ gateway, other }: Bench): Promise<void> {
  for (const { port, key } of other ? [gateway, other] : [gateway]) {
    for (const external_id of [...CAPPED, ...CAPPED_ONE]) {
      const { status } = await fetch(`http://127.0.0.1:${port}/v1/customers`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ external_id, monthly_budget_usd: BUDGET_USD }),
      });
      if (status !== 201) throw new Error(`a customer could not be made: ${status}`);
    }
  }
}

/** So many calls let the compiler settle before anything counts. */
const WARM_UP_CALLS = 20_000;
const LONGEST_WARM_UP_MS = 60_000;

/** Lets all sides compile their hot paths, open their files and meet every customer before anything is measured. */
export async function warmUp(bench: Bench): Promise<void> {
  process.stderr.write('  warm-up …\n');
  const { direct, bare, gateway, other } = bench;
  for (const side of [direct, bare, gateway, ...(other ? [other] : [])]) {
    const requests = requestsOf(side, 'json', [...MANY, ...ONE, ...CAPPED, ...CAPPED_ONE]);
    const endMs = nowMs() + LONGEST_WARM_UP_MS;
    for (let calls = 0; calls < WARM_UP_CALLS && nowMs() < endMs;)
      calls += (await closedLoop(side.port, requests, 16, 1)).calls;
    await closedLoop(side.port, requestsOf(side, 'stream', MANY), 16, 2 * bench.scale);
  }
}

/** (a) Latency at a rate both sides can hold, and the first byte of streams. */
export async function openLoops(bench: Bench): Promise<Comparison[]> {
  const open =
    (rate: number, seconds: number): Run =>
    (target, requests) =>
      openLoop(target.port, requests, rate, seconds * bench.scale);
  return [
    await compare(bench, '200 JSON calls/s, 200 customers', 'json', MANY, open(200, 10)),
    await compare(bench, '500 JSON calls/s, 200 customers', 'json', MANY, open(500, 10)),
    await compare(bench, '1,000 JSON calls/s, 200 customers', 'json', MANY, open(1000, 10)),
    await compare(bench, '1,000 JSON calls/s, one customer', 'json', ONE, open(1000, 5)),
    await compare(bench, '1,000 JSON calls/s, 200 capped customers', 'json', CAPPED, open(1000, 10)),
    await compare(bench, '1,000 JSON calls/s, one capped customer', 'json', CAPPED_ONE, open(1000, 5)),
    await compare(bench, '50 streams/s of 100 chunks', 'stream', MANY, open(50, 10)),
  ];
}

/** (b) Throughput when each connection sends its next call as soon as the last is answered. */
export async function closedLoops(bench: Bench): Promise<Comparison[]> {
  const closed =
    (connections: number): Run =>
    (target, requests) =>
      closedLoop(target.port, requests, connections, 5 * bench.scale);
  const comparisons: Comparison[] = [];
  for (const connections of [1, 16, 64]) {
    comparisons.push(await compare(bench, `JSON, ${connections} connections`, 'json', MANY, closed(connections)));
  }
  comparisons.push(await compare(bench, 'JSON, 64 connections, one customer', 'json', ONE, closed(64)));
  comparisons.push(await compare(bench, 'JSON, 64 connections, all capped', 'json', CAPPED, closed(64)));
  comparisons.push(await compare(bench, 'JSON, 64 connections, one capped', 'json', CAPPED_ONE, closed(64)));
  for (const connections of [1, 16, 64]) {
    comparisons.push(
      await compare(bench, `100-chunk streams, ${connections} connections`, 'stream', MANY, closed(connections)),
    );
  }
  return comparisons;
}

/** Resident memory of one side, in MB, and what its start took. */
export interface SideMemory {
  /** From the start of the process until it was ready. */
  readonly readyMs: number;
  /** When it was ready, before any call. */
  readonly idleRssMb: number;
  /** After the load of the whole run. */
  readonly rssAtRestMb: number;
  readonly rssAt1000OpenStreamsMb: number;
  readonly peakRssMb: number;
}

/** What was measured of memory, in turns. */
export interface Memory {
  readonly bare: SideMemory;
  readonly gateway: SideMemory;
}

/** (c) Memory with 1,000 streams open at once, which the upstream holds until told to go on. */
export async function memoryWithOpenStreams({
  direct,
  bare,
  gateway,
}: Bench): Promise<{ readonly memory: Memory | undefined; readonly failures: number }> {
  process.stderr.write(`  ${OPEN_STREAMS} open streams …\n`);
  const ofBare = await withOpenStreams(bare, direct.port);
  const ofGateway = await withOpenStreams(gateway, direct.port);
  const memory = ofBare.memory && ofGateway.memory && { bare: ofBare.memory, gateway: ofGateway.memory };
  return { memory, failures: ofBare.failures + ofGateway.failures };
}

async function withOpenStreams(
  side: Side,
  upstreamPort: number,
): Promise<{ readonly memory: SideMemory | undefined; readonly failures: number }> {
  const start = startOf(side.pid);
  const atRest = memoryOf(side.pid);
  const { finished } = await openStreams(side.port, requestsOf(side, 'held', MANY), OPEN_STREAMS);
  const open = memoryOf(side.pid);
  await fetch(`http://127.0.0.1:${upstreamPort}/release`, { method: 'POST' });
  const { failures } = await finished;
  const after = memoryOf(side.pid);
  if (!start || start.idleRssMb === undefined || !atRest || !open || !after) return { memory: undefined, failures };
  const memory: SideMemory = {
    readyMs: start.readyMs,
    idleRssMb: start.idleRssMb,
    rssAtRestMb: atRest.rssMb,
    rssAt1000OpenStreamsMb: open.rssMb,
    peakRssMb: after.peakRssMb,
  };
  return { memory, failures };
}

/** A load worth a profile: one shape, 64 connections, nothing else. `sinceMs` is when the warm-up was over. */
export async function profiledLoad(
  bench: Bench,
  shape: Shape,
  capped: boolean,
): Promise<{ readonly load: LoadResult; readonly sinceMs: number }> {
  const requests = requestsOf(bench.gateway, shape, capped ? CAPPED : MANY);
  await closedLoop(bench.gateway.port, requests, 64, 5 * bench.scale);
  const sinceMs = nowMs();
  return { load: await closedLoop(bench.gateway.port, requests, 64, 10 * bench.scale), sinceMs };
}
