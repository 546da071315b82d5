/**
 * The thread in which attacks run. Its data: the files, the gateway, and whether to go round and round. Any message
 * ends it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Attack, Attacked } from './attack.ts';

/** The longest one attack may take while others wait for their turn. */
const TURN_MS = 15_000;
/** A breath between two, so that one that is refused at once does not become a flood. */
const PAUSE_MS = 100;

const { urls, gateway, forever } = workerData as { urls: readonly string[]; gateway: Attacked; forever: boolean };
const stopping = new AbortController();

/** Runs one attack; it has its own time when others follow. */
async function turnOf(url: string): Promise<void> {
  const { attack } = (await import(url)) as { attack: Attack };
  const signal = forever ? AbortSignal.any([stopping.signal, AbortSignal.timeout(TURN_MS)]) : stopping.signal;
  try {
    await attack.run(gateway, signal);
  } catch (error) {
    if (!signal.aborted) parentPort!.postMessage(`${attack.id}: ${String(error)}`);
  }
}

async function run(): Promise<void> {
  do {
    for (const url of urls) {
      if (stopping.signal.aborted) return;
      await turnOf(url);
      await delay(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  } while (forever && urls.length > 0);
}

// A socket that breaks in the middle of an attack is what attacks are about.
process.on('uncaughtException', (error) => parentPort!.postMessage(String(error)));
const attacked = run();
parentPort!.once('message', () => {
  stopping.abort();
  void attacked.then(() => process.exit(0));
});
