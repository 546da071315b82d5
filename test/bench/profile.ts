import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of V8's `.cpuprofile` that say where time went. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  /** Microseconds of the machine's monotonic clock. */
  readonly startTime: number;
}

const IDLE = new Set(['(idle)', '(program)']);

/**
 * The functions with the most self time since a moment (by `nowMs()`), so without the start; one table a thread, as
 * text.
 */
export function topFunctions(folder: string, sinceMs: number, limit: number): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .map(
      (file) =>
        `${file}\n${topOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, sinceMs * 1000, limit)}`,
    )
    .join('\n\n');
}

function topOf(profile: CpuProfile, sinceUs: number, limit: number): string {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const selfUs = new Map<string, number>();
  let busyUs = 0;
  let atUs = profile.startTime;
  profile.samples.forEach((id, n) => {
    const { functionName, url, lineNumber } = frames.get(id)!;
    const us = profile.timeDeltas[n] ?? 0;
    atUs += us;
    if (atUs < sinceUs || IDLE.has(functionName)) return;
    busyUs += us;
    const place = url === '' ? '' : `  ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
    const name = `${functionName || '(anonymous)'}${place}`;
    selfUs.set(name, (selfUs.get(name) ?? 0) + us);
  });
  const rows = [...selfUs].sort((a, b) => b[1] - a[1]).slice(0, limit);
  return [
    `busy ${(busyUs / 1e6).toFixed(2)} s`,
    ...rows.map(
      ([name, us]) =>
        `${((100 * us) / Math.max(busyUs, 1)).toFixed(1).padStart(6)} %  ${(us / 1000).toFixed(0).padStart(6)} ms  ${name}`,
    ),
  ].join('\n');
}
