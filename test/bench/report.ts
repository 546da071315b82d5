import { cpus, release } from 'node:os';
import type { LedgerCheck } from './ledger-check.ts';
import type { Percentiles } from './percentiles.ts';
import type { Comparison, Memory } from './scenarios.ts';

/** Everything one run measured, as written to `results/last.json`. */
export interface BenchResult {
  readonly machine: string;
  readonly startedAt: string;
  readonly scale: number;
  readonly openLoops: readonly Comparison[];
  readonly closedLoops: readonly Comparison[];
  readonly memory: Memory | undefined;
  readonly failures: number;
  readonly ledger: LedgerCheck;
}

export function describeMachine(): string {
  const [first] = cpus();
  return `Node ${process.version}, ${cpus().length} × ${first?.model.trim() ?? 'unknown CPU'}, ${process.platform} ${release()}`;
}

const ms = (value: number): string => value.toFixed(2).padStart(9);
const LABEL_WIDTH = 40;

function latencyRow(label: string, p: Percentiles): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${ms(p.p50)}${ms(p.p95)}${ms(p.p99)}${ms(p.max)}`;
}

function difference(gateway: Percentiles, direct: Percentiles): Percentiles {
  return { p50: gateway.p50 - direct.p50, p95: gateway.p95 - direct.p95, p99: gateway.p99 - direct.p99, max: gateway.max - direct.max };
}

function openLoopTable({ load, direct, gateway }: Comparison): string[] {
  const isStream = load.includes('stream');
  const measures: ('firstByte' | 'latency')[] = isStream ? ['firstByte', 'latency'] : ['latency'];
  return measures.flatMap((measure) => [
    `  ${load}, ${measure === 'latency' ? 'whole answer' : 'first byte'}`,
    latencyRow('  upstream alone', direct[measure]),
    latencyRow('  through Ringside', gateway[measure]),
    latencyRow('  added', difference(gateway[measure], direct[measure])),
  ]);
}

function closedLoopRow({ load, direct, gateway, cpuSecondsPer1000Calls }: Comparison): string {
  const columns = [
    direct.callsPerSecond.toFixed(0).padStart(10),
    gateway.callsPerSecond.toFixed(0).padStart(10),
    `${((100 * gateway.callsPerSecond) / direct.callsPerSecond).toFixed(0)} %`.padStart(8),
    gateway.latency.p50.toFixed(2).padStart(9),
    gateway.latency.p99.toFixed(2).padStart(9),
    (cpuSecondsPer1000Calls?.toFixed(3) ?? 'n/a').padStart(12),
  ];
  return `  ${load.padEnd(LABEL_WIDTH)}${columns.join('')}`;
}

/** The result as a table for people. */
export function render(result: BenchResult): string {
  const { memory, ledger } = result;
  return [
    result.machine,
    '',
    `${'OPEN LOOP (ms)'.padEnd(LABEL_WIDTH + 2)}      p50      p95      p99      max`,
    ...result.openLoops.flatMap(openLoopTable),
    '',
    `${'CLOSED LOOP (calls/s)'.padEnd(LABEL_WIDTH + 2)}  upstream  Ringside   ratio   p50 ms   p99 ms  CPU s/1,000`,
    ...result.closedLoops.map(closedLoopRow),
    '',
    memory
      ? `MEMORY  ${memory.rssAtRestMb.toFixed(0)} MB after the load, ${memory.rssAt1000OpenStreamsMb.toFixed(0)} MB with 1,000 open streams, ${memory.peakRssMb.toFixed(0)} MB at most`
      : 'MEMORY  not measured: no /proc here',
    `CALLS   ${result.failures} answers were not a whole 200`,
    ledger.equal
      ? `LEDGER  equal to the nano-USD: ${ledger.calls} calls, ${ledger.costUsd} USD, ${ledger.customersCompared} customers compared one by one`
      : `LEDGER  DIFFERS\n  ${ledger.differences.join('\n  ')}`,
  ].join('\n');
}
