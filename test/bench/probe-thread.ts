/**
 * A thread that asks `GET /healthz` every 5 ms, one after the other, and says how long the answers took: what the
 * gateway's event loop makes anybody wait. Its data is the port; any message ends it, and it answers with its result.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { nowMs } from './clock.ts';
import { Connection, type Reply } from './connection.ts';
import { percentilesOf } from './percentiles.ts';
import type { ProbeResult } from './probe.ts';

const INTERVAL_MS = 5;
/** After this an answer is given up, and its waiting counts as it stands. */
const PATIENCE_MS = 300_000;

const port = workerData as number;
const request = Buffer.from(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
const waits: number[] = [];
let failures = 0;
let stopped = false;
let connection = new Connection(port);

function ask(): Promise<Reply> {
  if (connection.broken) connection = new Connection(port);
  return new Promise((resolve) => connection.send(request, resolve));
}

async function probe(): Promise<void> {
  while (!stopped) {
    const sentMs = nowMs();
    const answered = ask();
    const reply = await Promise.race([answered, delay(PATIENCE_MS, undefined, { ref: false }), hasStopped]);
    waits.push((reply?.endMs ?? nowMs()) - sentMs);
    if (reply?.status !== 200) failures++;
    if (!reply) connection.close();
    const restMs = sentMs + INTERVAL_MS - nowMs();
    if (restMs > 0) await delay(restMs);
  }
}

let stop: () => void = () => undefined;
/** An answer that is still out when the measurement ends gets some more time, then counts as it stands. */
const hasStopped = new Promise<undefined>((resolve) => {
  stop = () => setTimeout(() => resolve(undefined), 60_000).unref();
});
const probing = probe();
parentPort!.once('message', () => {
  stopped = true;
  stop();
  void probing.then(() => {
    connection.close();
    parentPort!.postMessage({ waits: percentilesOf(waits), failures } satisfies ProbeResult);
  });
});
