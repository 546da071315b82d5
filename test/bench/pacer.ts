/**
 * A thread that says when the calls of an open loop are due. Event-loop timers count whole milliseconds and run
 * late; a thread that sleeps on a futex wakes within tens of microseconds and burns no core that the gateway needs.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { nowMs } from './clock.ts';

const { startMs, intervalMs, count } = workerData as { startMs: number; intervalMs: number; count: number };
const cell = new Int32Array(new SharedArrayBuffer(4));

let due = 0;
while (due < count) {
  const waitMs = startMs + due * intervalMs - nowMs();
  if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs);
  due = Math.min(count, Math.max(due, Math.floor((nowMs() - startMs) / intervalMs) + 1));
  parentPort!.postMessage(due);
}
