import { percentilesOf, type Percentiles } from '../percentiles.ts';

/** A gateway and a key that reads from it. */
export interface Readable {
  readonly port: number;
  readonly key: string;
}

/** How long reads of one kind took, in milliseconds. */
export interface MeasuredReads extends Percentiles {
  readonly reads: number;
}

const MOST_READS = 300;
const FEWEST_READS = 5;
const WARM_UP_READS = 20;
const PROBE_MS = 5;

/** Asks for a path of the API and gives its answer. */
export async function ask<Answer>({ port, key }: Readable, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  }).catch((error: unknown) => {
    throw new Error(`${path} was not answered`, { cause: error });
  });
  const answer = (await response.json()) as Answer;
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Reads the paths in turn, one after the other, as often as the time allows. */
export async function measureReads(
  gateway: Readable,
  paths: readonly string[],
  longestMs: number,
): Promise<MeasuredReads> {
  const times: number[] = [];
  const started = performance.now();
  const hasTime = () => performance.now() - started < longestMs;
  for (let n = 0; n < WARM_UP_READS && hasTime(); n++) await ask(gateway, paths[n % paths.length]!);
  for (let n = 0; n < FEWEST_READS || (n < MOST_READS && hasTime()); n++) {
    const asked = performance.now();
    await ask(gateway, paths[n % paths.length]!);
    times.push(performance.now() - asked);
  }
  return { ...percentilesOf(times), reads: times.length };
}

/** Several of the same read at once: how long all of them took, and how long a probe waited at most, in ms. */
export async function measureAtOnce(
  gateway: Readable,
  path: string,
  count: number,
): Promise<{ readonly allMs: number; readonly stallMs: number }> {
  let stallMs = 0;
  let isOver = false;
  const probe = async () => {
    while (!isOver) {
      const asked = performance.now();
      await (await fetch(`http://127.0.0.1:${gateway.port}/healthz`)).arrayBuffer();
      stallMs = Math.max(stallMs, performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    }
  };
  const probing = probe();
  const started = performance.now();
  await Promise.all(Array.from({ length: count }, () => ask(gateway, path)));
  const allMs = performance.now() - started;
  isOver = true;
  await probing;
  return { allMs, stallMs };
}
