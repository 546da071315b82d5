import { attackFiles, beginAttacks, inThread } from './attack.ts';
import { checkModel, type LedgerCheck } from './ledger-check.ts';
import { startGateway } from './processes.ts';
import type { Served } from './served.ts';
import { answers, goodCalls, measure, type AttackBench, type Measured } from './under-attack.ts';

const WARM_UP_SECONDS = 5;
const QUIET_SECONDS = 20;
const SEED = 20_261_128;

/** A gateway for some minutes beside 200 callers of bad will and all attacks in turn. */
export interface HostileResult {
  readonly minutes: number;
  readonly seed: number;
  readonly attacks: readonly string[];
  readonly quiet: Measured;
  readonly attacked: Measured;
  readonly lives: boolean;
  readonly ledger: LedgerCheck;
  readonly problems: readonly string[];
}

/**
 * Measures good calls alone, then beside hostile load, and compares what was booked for them with what the upstream
 * served.
 */
export async function runHostile(
  bench: AttackBench,
  minutes: number,
  only: readonly string[] | undefined,
): Promise<HostileResult> {
  const { script, folder, upstream, hostile, model } = bench;
  const files = await attackFiles(only);
  const gateway = await startGateway({
    script,
    upstreamPort: upstream.port,
    hostilePort: hostile.port,
    folder,
    profileFolder: undefined,
  });
  const target = { name: 'ringside', port: gateway.port, model: `fc:openai/${model}`, key: gateway.key };
  process.stderr.write('  quiet …\n');
  await goodCalls(target, WARM_UP_SECONDS);
  const quiet = await measure(gateway, target, QUIET_SECONDS);
  process.stderr.write(
    `  ${minutes} minutes of hostile load: 200 callers, and in turn ${files.map(({ id }) => id).join(', ')} …\n`,
  );
  const attacked = { port: gateway.port, key: gateway.key, upstreamPort: upstream.port };
  const callers = inThread(new URL('./hostile-thread.ts', import.meta.url), { gateway: attacked, seed: SEED });
  const attacks = beginAttacks(files, attacked, { forever: true });
  const measured = await measure(gateway, target, minutes * 60);
  const problems = [...(await attacks.stop()), ...(await callers.stop())];
  const lives = gateway.isAlive() && (await answers(gateway.port));
  const served = (await (await fetch(`http://127.0.0.1:${upstream.port}/served`)).json()) as Served;
  const ledger = await checkModel(gateway.port, gateway.key, served, model);
  await gateway.stop();
  return {
    minutes,
    seed: SEED,
    attacks: files.map(({ id }) => id),
    quiet,
    attacked: measured,
    lives,
    ledger,
    problems,
  };
}

/** The result in lines for people. */
export function renderHostile({
  minutes,
  seed,
  attacks,
  quiet,
  attacked,
  lives,
  ledger,
  problems,
}: HostileResult): string {
  const line = (name: string, { good, probe, rssMaxMb }: Measured) =>
    `  ${name.padEnd(9)} p50 ${good.latency.p50.toFixed(1)} ms, p99 ${good.latency.p99.toFixed(1)} ms, ${good.calls} calls, ${good.failures} failed; stall ${probe.waits.max.toFixed(1)} ms; RSS ${rssMaxMb?.toFixed(0) ?? 'n/a'} MB at most`;
  return [
    `HOSTILE LOAD  ${minutes} minutes, 200 callers (seed ${seed}) and ${attacks.join(', ') || 'no attack of the folder'}, beside 50 good calls/s`,
    line('quiet', quiet),
    line('attacked', attacked),
    `  p99 under attack is ${(attacked.good.latency.p99 / quiet.good.latency.p99).toFixed(1)} × the quiet one; the gateway ${lives ? 'lives' : 'is GONE'}`,
    ledger.equal
      ? `  LEDGER equal to the nano-USD: ${ledger.calls} calls, ${ledger.costUsd} USD`
      : `  LEDGER DIFFERS: ${ledger.differences.join('; ')}`,
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}
