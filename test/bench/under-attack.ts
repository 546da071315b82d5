import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { attackFiles, beginAttacks, type AttackFile } from './attack.ts';
import { openLoop, type LoadResult } from './load.ts';
import { beginProbe, type ProbeResult } from './probe.ts';
import { memoryOf, startGateway, type Started } from './processes.ts';
import { requestsOf, type Target } from './requests.ts';

/** Good calls beside an attack: few enough that a quiet gateway does not notice them. */
const GOOD_CALLS_PER_SECOND = 50;
const GOOD_CUSTOMERS = Array.from({ length: 50 }, (_, n) => `good-${String(n).padStart(2, '0')}`);
const WARM_UP_SECONDS = 3;
const QUIET_SECONDS = 5;
const ATTACK_SECONDS = 15;
const MEMORY_INTERVAL_MS = 50;
const ALIVE_TIMEOUT_MS = 30_000;

/** What good calls, the probe and the memory of a gateway were like for a while. */
export interface Measured {
  readonly good: LoadResult;
  readonly probe: ProbeResult;
  /** In MB, the highest of that while; undefined where there is no `/proc`. */
  readonly rssMaxMb: number | undefined;
}

/** What one attack did. */
export interface AttackResult {
  readonly attack: Pick<AttackFile, 'id' | 'title'>;
  readonly quiet: Measured;
  readonly attacked: Measured;
  /** Whether the gateway answers when the attack is over. */
  readonly lives: boolean;
  readonly problems: readonly string[];
}

/** Where gateways are made. */
export interface AttackBench {
  readonly script: string;
  readonly folder: string;
  readonly upstream: Started;
  /** The upstream of the models that misbehave. */
  readonly hostile: Started;
  readonly model: string;
}

/** Runs every attack, or those that are named, each on a gateway of its own with empty stores. */
export async function runAttacks(bench: AttackBench, only: readonly string[] | undefined): Promise<AttackResult[]> {
  const results: AttackResult[] = [];
  for (const file of await attackFiles(only)) {
    process.stderr.write(`  ${file.id}: ${file.title} …\n`);
    results.push(await runAttack(bench, file, results.length));
  }
  return results;
}

async function runAttack(bench: AttackBench, file: AttackFile, number: number): Promise<AttackResult> {
  const [upstreamPort, hostilePort] = [bench.upstream.port, bench.hostile.port];
  const { script } = bench;
  const gateway = await startGateway({
    script,
    upstreamPort,
    hostilePort,
    folder: join(bench.folder, `attack-${number}`),
    profileFolder: undefined,
  });
  const target = { name: 'ringside', port: gateway.port, model: `fc:openai/${bench.model}`, key: gateway.key };
  await goodCalls(target, WARM_UP_SECONDS);
  const quiet = await measure(gateway, target, QUIET_SECONDS);
  const attacking = beginAttacks([file], { port: gateway.port, key: gateway.key, upstreamPort }, { forever: false });
  const attacked = await measure(gateway, target, ATTACK_SECONDS);
  const problems = await attacking.stop();
  const lives = gateway.isAlive() && (await answers(gateway.port));
  await gateway.stop();
  return { attack: { id: file.id, title: file.title }, quiet, attacked, lives, problems };
}

/** Good calls for some seconds; one that is never answered is a failure. */
export function goodCalls(target: Target, seconds: number): Promise<LoadResult> {
  return openLoop(target.port, requestsOf(target, 'json', GOOD_CUSTOMERS), GOOD_CALLS_PER_SECOND, seconds, 'failures');
}

/** Measures a gateway for some seconds, or for as long as it takes to answer the good calls of these seconds. */
export async function measure(gateway: Started, target: Target, seconds: number): Promise<Measured> {
  let rssMaxMb: number | undefined;
  const sample = (): void => {
    const now = memoryOf(gateway.pid)?.rssMb;
    if (now !== undefined) rssMaxMb = Math.max(rssMaxMb ?? 0, now);
  };
  sample();
  const sampling = setInterval(sample, MEMORY_INTERVAL_MS);
  const endProbe = beginProbe(gateway.port);
  const good = await goodCalls(target, seconds);
  const probe = await endProbe();
  clearInterval(sampling);
  return { good, probe, rssMaxMb };
}

/** Whether a gateway answers at all within a generous time; a connection that it had closed meanwhile is tried anew. */
export async function answers(port: number): Promise<boolean> {
  const giveUp = AbortSignal.timeout(ALIVE_TIMEOUT_MS);
  while (!giveUp.aborted) {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: giveUp }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return true;
    await delay(100);
  }
  return false;
}

const milliseconds = (value: number): string => value.toFixed(1).padStart(11);

function row(name: string, { good, probe, rssMaxMb }: Measured, rest: string): string {
  const memory = (rssMaxMb?.toFixed(0) ?? 'n/a').padStart(9);
  return `  ${name.padEnd(9)}${milliseconds(probe.waits.max)}${milliseconds(good.latency.p50)}${milliseconds(good.latency.p99)}${memory}${String(good.failures).padStart(10)}${rest}`;
}

/** The results as a table for people: a quiet line and one under attack for each. */
export function renderAttacks(results: readonly AttackResult[]): string {
  return [
    'ATTACKS      stall ms     p50 ms     p99 ms   RSS MB  failures  lives',
    ...results.flatMap(({ attack, quiet, attacked, lives, problems }) => [
      `${attack.id}  ${attack.title}`,
      row('quiet', quiet, ''),
      row('attacked', attacked, lives ? '    yes' : '     NO'),
      ...Object.entries(attacked.good.failedWith).map(
        ([status, count]) => `  ${count} good calls failed with ${status}`,
      ),
      ...problems.map((problem) => `  ${problem}`),
    ]),
    '',
    `stall is the longest wait of GET /healthz every 5 ms; p50 and p99 are of ${GOOD_CALLS_PER_SECOND} good JSON calls/s from the moment each was due`,
  ].join('\n');
}
