import { cpus, release } from 'node:os';
import type { LedgerCheck } from './ledger-check.ts';
import type { Percentiles } from './percentiles.ts';
import type { Comparison, Measured, Memory, SideMemory } from './scenarios.ts';

/** Everything one run measured, as written to `results/<revision>.json`. */
export interface BenchResult {
  readonly revision: string;
  /** What it was measured in turns with; undefined where that is nothing. */
  readonly comparedWith: string | undefined;
  readonly machine: string;
  readonly startedAt: string;
  readonly scale: number;
  readonly openLoops: readonly Comparison[];
  readonly closedLoops: readonly Comparison[];
  readonly memory: Memory | undefined;
  readonly failures: number;
  readonly ledger: LedgerCheck;
  readonly otherLedger: LedgerCheck | undefined;
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
  return {
    p50: gateway.p50 - direct.p50,
    p95: gateway.p95 - direct.p95,
    p99: gateway.p99 - direct.p99,
    max: gateway.max - direct.max,
  };
}

function openLoopTable({ load, direct, bare, gateway, other }: Comparison): string[] {
  const isStream = load.includes('stream');
  const measures: ('firstByte' | 'latency')[] = isStream ? ['firstByte', 'latency'] : ['latency'];
  return measures.flatMap((measure) => [
    `  ${load}, ${measure === 'latency' ? 'whole answer' : 'first byte'}`,
    latencyRow('  upstream alone', direct[measure]),
    latencyRow('  bare proxy', bare[measure]),
    latencyRow('  through Ringside', gateway[measure]),
    latencyRow('  added', difference(gateway[measure], direct[measure])),
    ...(other ? [latencyRow('  through the other revision', other[measure])] : []),
  ]);
}

const COLUMN = 10;

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2).padStart(COLUMN);
}

function closedLoopRows({ load, direct, bare, gateway, other }: Comparison): string[] {
  const row = (label: string, side: Measured) =>
    `  ${label.padEnd(LABEL_WIDTH)}${[
      side.callsPerSecond.toFixed(0).padStart(COLUMN),
      ratio(side.callsPerSecond, direct.callsPerSecond),
      ratio(side.callsPerSecond, bare.callsPerSecond),
      side.latency.p50.toFixed(2).padStart(COLUMN),
      ratio(side.latency.p50, bare.latency.p50),
      side.latency.p99.toFixed(2).padStart(COLUMN),
      (side.cpuMsPerCall?.toFixed(3) ?? 'n/a').padStart(COLUMN),
      side.cpuMsPerCall === undefined || bare.cpuMsPerCall === undefined
        ? 'n/a'.padStart(COLUMN)
        : ratio(side.cpuMsPerCall, bare.cpuMsPerCall),
    ].join('')}`;
  return [
    `  ${load}`,
    row('  upstream alone', direct),
    row('  bare proxy', bare),
    row('  Ringside', gateway),
    ...(other ? [row('  the other revision', other)] : []),
  ];
}

/** The result as a table for people. */
export function render(result: BenchResult): string {
  const { memory, ledger } = result;
  return [
    `${result.machine}, ${result.revision}${result.comparedWith === undefined ? '' : ` in turns with ${result.comparedWith}`}`,
    '',
    `${'OPEN LOOP (ms)'.padEnd(LABEL_WIDTH + 2)}      p50      p95      p99      max`,
    ...result.openLoops.flatMap(openLoopTable),
    '',
    `${'CLOSED LOOP'.padEnd(LABEL_WIDTH + 2)}   calls/s  of alone   of bare    p50 ms   of bare    p99 ms  CPU ms/c   of bare`,
    ...result.closedLoops.flatMap(closedLoopRows),
    '',
    ...memoryTable(memory),
    '',
    `CALLS   ${result.failures} answers were not a whole 200`,
    ledgerLine('LEDGER', ledger),
    ...(result.otherLedger ? [ledgerLine('OTHER ', result.otherLedger)] : []),
  ].join('\n');
}

function memoryTable(memory: Memory | undefined): string[] {
  if (!memory) return ['MEMORY  not measured: no /proc here'];
  const row = (label: string, side: SideMemory) =>
    `  ${label.padEnd(LABEL_WIDTH)}${[
      side.readyMs,
      side.idleRssMb,
      side.rssAtRestMb,
      side.rssAt1000OpenStreamsMb,
      side.peakRssMb,
    ]
      .map((value) => value.toFixed(0).padStart(COLUMN))
      .join('')}`;
  return [
    `${'START, MEMORY (MB)'.padEnd(LABEL_WIDTH + 2)}  ready ms      idle   at rest  1k open   at most`,
    row('  bare proxy', memory.bare),
    row('  Ringside', memory.gateway),
  ];
}

function ledgerLine(label: string, { equal, calls, costUsd, customersCompared, differences }: LedgerCheck): string {
  return equal
    ? `${label}  equal to the nano-USD: ${calls} calls, ${costUsd} USD, ${customersCompared} customers compared one by one`
    : `${label}  DIFFERS\n  ${differences.join('\n  ')}`;
}
