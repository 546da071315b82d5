import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** What an attack is aimed at: a gateway of its own on loopback, and the bench's upstream behind it. */
export interface Attacked {
  readonly port: number;
  /** A server key, for attacks by somebody who has one. */
  readonly key: string;
  /** Where the upstream listens; `misbehaviour.ts` has the models that make it misbehave. */
  readonly upstreamPort: number;
}

/** One attack: a file in `attacks/` exports it as `attack`. */
export interface Attack {
  /** The row of the failure it stands for, e.g. `S12`. */
  readonly id: string;
  /** What is done, in a few words. */
  readonly title: string;
  /** Attacks once. Ends soon after the signal fires, and closes what it opened. */
  run(gateway: Attacked, signal: AbortSignal): Promise<void>;
}

/** An attack and where its file is. */
export interface AttackFile extends Pick<Attack, 'id' | 'title'> {
  readonly url: string;
}

const FOLDER = new URL('./attacks/', import.meta.url);
/** How long an attack may take to end after it was told to. */
const ENDING_TIMEOUT_MS = 10_000;

/** The attacks of the folder in the order of their ids, or those of them that are named; `none` names none. */
export async function attackFiles(only: readonly string[] | undefined): Promise<AttackFile[]> {
  if (only?.join() === 'none') return [];
  const files = readdirSync(fileURLToPath(FOLDER)).filter((file) => file.endsWith('.ts'));
  const all: AttackFile[] = [];
  for (const file of files) {
    const url = new URL(file, FOLDER).href;
    const { attack } = (await import(url)) as { attack: Attack };
    all.push({ id: attack.id, title: attack.title, url });
  }
  const missing = only?.filter((id) => !all.some((one) => one.id === id)) ?? [];
  if (missing.length > 0)
    throw new Error(`there is no attack ${missing.join(', ')}; there are ${all.map(({ id }) => id).join(', ')}`);
  return all
    .filter(({ id }) => only === undefined || only.includes(id))
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }) || (a.url < b.url ? -1 : 1));
}

/** Attacks under way, in a thread of their own, so that what they take to prepare delays no measurement. */
export interface Attacking {
  /** Ends them, by force if they take too long. Gives what went wrong with the attacks themselves, in a line each. */
  stop(): Promise<readonly string[]>;
}

/** Runs attacks on a gateway: once each, one after the other, or round and round until they are stopped. */
export function beginAttacks(
  files: readonly AttackFile[],
  gateway: Attacked,
  options: { readonly forever: boolean },
): Attacking {
  return inThread(new URL('./attack-thread.ts', import.meta.url), {
    urls: files.map(({ url }) => url),
    gateway,
    ...options,
  });
}

/** Starts a thread that works until it is told to stop, and says what went wrong. */
export function inThread(file: URL, workerData: unknown): Attacking {
  const worker = new Worker(file, { workerData });
  const problems = new Set<string>();
  worker.on('message', (problem: string) => problems.add(problem));
  worker.on('error', (error) => problems.add(`the thread of the attacks ended: ${String(error)}`));
  const exited = once(worker, 'exit');
  return {
    async stop() {
      worker.postMessage('stop');
      const insist = setTimeout(() => {
        problems.add('did not end when it was told to');
        void worker.terminate();
      }, ENDING_TIMEOUT_MS);
      await exited;
      clearTimeout(insist);
      return [...problems];
    },
  };
}
