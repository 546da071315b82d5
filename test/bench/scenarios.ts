import { nowMs } from './clock.ts';
import { closedLoop, openLoop, openStreams, type LoadResult } from './load.ts';
import { cpuSecondsOf, memoryOf } from './processes.ts';
import { requestsOf, type Shape, type Target } from './requests.ts';

/** Who takes part, and how long a measurement lasts. */
export interface Bench {
  readonly direct: Target;
  readonly gateway: Target;
  readonly gatewayPid: number;
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

/** One line of the report: the same load on the upstream alone and through the gateway. */
export interface Comparison {
  readonly load: string;
  readonly direct: LoadResult;
  readonly gateway: LoadResult;
  /** CPU seconds of the gateway, all threads, per 1,000 calls. */
  readonly cpuSecondsPer1000Calls: number | undefined;
}

type Run = (target: Target, requests: readonly Buffer[]) => Promise<LoadResult>;

async function compare(bench: Bench, load: string, shape: Shape, customers: readonly string[], run: Run): Promise<Comparison> {
  process.stderr.write(`  ${load} …\n`);
  const direct = await run(bench.direct, requestsOf(bench.direct, shape, customers));
  const before = cpuSecondsOf(bench.gatewayPid);
  const gateway = await run(bench.gateway, requestsOf(bench.gateway, shape, customers));
  const after = cpuSecondsOf(bench.gatewayPid);
  const cpuSecondsPer1000Calls = before === undefined || after === undefined ? undefined : ((after - before) * 1000) / gateway.calls;
  return { load, direct, gateway, cpuSecondsPer1000Calls };
}

/** Makes the customers that have a budget. */
export async function capCustomers({ gateway }: Bench): Promise<void> {
  for (const external_id of [...CAPPED, ...CAPPED_ONE]) {
    const { status } = await fetch(`http://127.0.0.1:${gateway.port}/v1/customers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ external_id, monthly_budget_usd: BUDGET_USD }),
    });
    if (status !== 201) throw new Error(`a customer could not be made: ${status}`);
  }
}

/** Lets both sides compile their hot paths, open their files and meet every customer before anything is measured. */
export async function warmUp(bench: Bench): Promise<void> {
  process.stderr.write('  warm-up …\n');
  for (const target of [bench.direct, bench.gateway]) {
    await closedLoop(target.port, requestsOf(target, 'json', [...MANY, ...ONE, ...CAPPED, ...CAPPED_ONE]), 16, 3 * bench.scale);
    await closedLoop(target.port, requestsOf(target, 'stream', MANY), 16, 2 * bench.scale);
  }
}

/** (a) Latency at a rate both sides can hold, and the first byte of streams. */
export async function openLoops(bench: Bench): Promise<Comparison[]> {
  const open =
    (rate: number, seconds: number): Run =>
    (target, requests) =>
      openLoop(target.port, requests, rate, seconds * bench.scale);
  return [
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
    comparisons.push(await compare(bench, `100-chunk streams, ${connections} connections`, 'stream', MANY, closed(connections)));
  }
  return comparisons;
}

/** Memory of the gateway in MB. */
export interface Memory {
  readonly rssAtRestMb: number;
  readonly rssAt1000OpenStreamsMb: number;
  readonly peakRssMb: number;
}

/** (c) Memory with 1,000 streams open at once, which the upstream holds until told to go on. */
export async function memoryWithOpenStreams(bench: Bench): Promise<{ readonly memory: Memory | undefined; readonly failures: number }> {
  process.stderr.write(`  ${OPEN_STREAMS} open streams …\n`);
  const atRest = memoryOf(bench.gatewayPid);
  const { finished } = await openStreams(bench.gateway.port, requestsOf(bench.gateway, 'held', MANY), OPEN_STREAMS);
  const open = memoryOf(bench.gatewayPid);
  await fetch(`http://127.0.0.1:${bench.direct.port}/release`, { method: 'POST' });
  const { failures } = await finished;
  const after = memoryOf(bench.gatewayPid);
  const memory = atRest && open && after && { rssAtRestMb: atRest.rssMb, rssAt1000OpenStreamsMb: open.rssMb, peakRssMb: after.peakRssMb };
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
