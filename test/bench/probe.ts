import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Percentiles } from './percentiles.ts';

/** How long the health probe waited for its answers, in milliseconds; `waits.max` is the longest stall. */
export interface ProbeResult {
  readonly waits: Percentiles;
  /** Answers other than 200, broken connections among them. */
  readonly failures: number;
}

/** Probes a gateway until the function that it gives is called. */
export function beginProbe(port: number): () => Promise<ProbeResult> {
  const worker = new Worker(new URL('./probe-thread.ts', import.meta.url), { workerData: port });
  return async () => {
    worker.postMessage('stop');
    const [result] = (await once(worker, 'message')) as [ProbeResult];
    await worker.terminate();
    return result;
  };
}
