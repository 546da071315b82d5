import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { nowMs } from './clock.ts';
import { Connection, type Reply } from './connection.ts';
import { percentilesOf, type Percentiles } from './percentiles.ts';

/** What a run of load saw. Latencies are in milliseconds. */
export interface LoadResult {
  readonly calls: number;
  /** Answers other than a whole 200. */
  readonly failures: number;
  /** How often each status came that is a failure; 0 is a connection that broke, 200 an answer that was not whole. */
  readonly failedWith: Readonly<Record<number, number>>;
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly latency: Percentiles;
  readonly firstByte: Percentiles;
  /** How late the generator itself sent, in an open loop; part of the latencies. */
  readonly lateness: Percentiles;
}

/** More connections than any healthy run needs; past that, calls wait, and their waiting counts as latency. */
const MAX_OPEN_LOOP_CONNECTIONS = 512;
const DRAIN_TIMEOUT_MS = 30_000;

class Recorder {
  private readonly latencies: number[] = [];
  private readonly firstBytes: number[] = [];
  private readonly latenesses: number[] = [];
  private failures = 0;
  private readonly failedWith: Record<number, number> = {};

  /** `fromMs` is when the call should have been sent, `sentMs` when it was. */
  record(reply: Reply, fromMs: number, sentMs: number): void {
    if (reply.status !== 200 || !reply.complete) {
      this.failures++;
      this.failedWith[reply.status] = (this.failedWith[reply.status] ?? 0) + 1;
    }
    this.latencies.push(reply.endMs - fromMs);
    this.firstBytes.push(reply.firstByteMs - fromMs);
    this.latenesses.push(sentMs - fromMs);
  }

  /** Counts calls that were never answered as failures that have taken until now. */
  giveUp(sentAtMs: Iterable<number>): void {
    const endMs = nowMs();
    for (const fromMs of sentAtMs)
      this.record({ status: 0, firstByteMs: endMs, endMs, complete: false }, fromMs, fromMs);
  }

  get calls(): number {
    return this.latencies.length;
  }

  result(seconds: number): LoadResult {
    return {
      calls: this.calls,
      failures: this.failures,
      failedWith: this.failedWith,
      seconds,
      callsPerSecond: this.calls / seconds,
      latency: percentilesOf(this.latencies),
      firstByte: percentilesOf(this.firstBytes),
      lateness: percentilesOf(this.latenesses),
    };
  }
}

/** Each of `connections` sends its next call when the last is answered, for `seconds`. */
export async function closedLoop(
  port: number,
  requests: readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const recorder = new Recorder();
  const startMs = nowMs();
  const endMs = startMs + seconds * 1000;
  let turn = 0;
  await Promise.all(
    Array.from({ length: connections }, () => {
      const connection = new Connection(port);
      return new Promise<void>((resolve) => {
        const next = (): void => {
          const sentMs = nowMs();
          if (sentMs >= endMs || connection.broken) {
            connection.close();
            resolve();
            return;
          }
          connection.send(requests[turn++ % requests.length]!, (reply) => {
            recorder.record(reply, sentMs, sentMs);
            next();
          });
        };
        next();
      });
    }),
  );
  return recorder.result((nowMs() - startMs) / 1000);
}

/** Free connections, and the calls that wait for one. */
class Pool {
  private readonly port: number;
  private readonly free: Connection[] = [];
  private readonly waiting: ((connection: Connection) => void)[] = [];
  private open = 0;

  constructor(port: number, atOnce: number) {
    this.port = port;
    for (let i = 0; i < atOnce; i++) this.free.push(this.connect());
  }

  take(use: (connection: Connection) => void): void {
    let connection = this.free.pop();
    while (connection?.broken) {
      this.open--;
      connection = this.free.pop();
    }
    if (connection) use(connection);
    else if (this.open < MAX_OPEN_LOOP_CONNECTIONS) use(this.connect());
    else this.waiting.push(use);
  }

  giveBack(connection: Connection): void {
    const use = this.waiting.shift();
    if (use) use(connection);
    else this.free.push(connection);
  }

  close(): void {
    for (const connection of this.free) connection.close();
  }

  private connect(): Connection {
    this.open++;
    return new Connection(this.port);
  }
}

/**
 * Calls at a fixed rate, however the target keeps up. Latency counts from the moment a call was due, so that a target
 * which stalls is charged for every call it made wait.
 * @param unanswered what calls are that never come back: an error of the bench, or failures like others, for targets
 * that are under attack
 */
export async function openLoop(
  port: number,
  requests: readonly Buffer[],
  callsPerSecond: number,
  seconds: number,
  unanswered: 'error' | 'failures' = 'error',
): Promise<LoadResult> {
  const recorder = new Recorder();
  // Connections that nobody uses are closed by their gateway; one that is closed while a call is written to it is a
  // failure of the bench.
  const pool = new Pool(port, unanswered === 'error' ? 32 : 0);
  const count = Math.round(callsPerSecond * seconds);
  const intervalMs = 1000 / callsPerSecond;
  const startMs = nowMs() + 200;
  const pacer = new Worker(new URL('./pacer.ts', import.meta.url), { workerData: { startMs, intervalMs, count } });
  const out = new Map<number, number>();
  let sent = 0;
  const answered = new Promise<void>((resolve) => {
    const send = (n: number): void => {
      const dueMs = startMs + n * intervalMs;
      out.set(n, dueMs);
      pool.take((connection) => {
        const sentMs = nowMs();
        connection.send(requests[n % requests.length]!, (reply) => {
          if (!out.delete(n)) return;
          recorder.record(reply, dueMs, sentMs);
          pool.giveBack(connection);
          if (recorder.calls === count) resolve();
        });
      });
    };
    pacer.on('message', (due: number) => {
      while (sent < due) send(sent++);
    });
  });
  await once(pacer, 'exit');
  const overdue = after(
    DRAIN_TIMEOUT_MS,
    () => `${count - recorder.calls} of ${count} open-loop calls were never answered`,
  );
  await Promise.race([answered, unanswered === 'error' ? overdue : overdue.catch(() => undefined)]);
  const left = [...out.values()];
  out.clear();
  recorder.giveUp(left);
  pool.close();
  return recorder.result((nowMs() - startMs) / 1000);
}

/**
 * Opens streams that stay open, and resolves when all have had their first byte; `finished` resolves when all have
 * ended.
 */
export async function openStreams(
  port: number,
  requests: readonly Buffer[],
  count: number,
): Promise<{ finished: Promise<LoadResult> }> {
  const recorder = new Recorder();
  const startMs = nowMs();
  const connections = Array.from({ length: count }, () => new Connection(port));
  let started = 0;
  const begun = new Promise<void>((resolve) => {
    for (const connection of connections) {
      connection.onFirstByte = () => {
        if (++started === count) resolve();
      };
    }
  });
  const finished = new Promise<LoadResult>((resolve) => {
    connections.forEach((connection, n) =>
      connection.send(requests[n % requests.length]!, (reply) => {
        recorder.record(reply, startMs, startMs);
        connection.close();
        if (recorder.calls === count) resolve(recorder.result((nowMs() - startMs) / 1000));
      }),
    );
  });
  await Promise.race([begun, after(DRAIN_TIMEOUT_MS, () => `only ${started} of ${count} streams began`)]);
  return { finished };
}

/** Rejects after a while; keeps no process alive. */
async function after(timeoutMs: number, message: () => string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, timeoutMs).unref());
  throw new Error(message());
}
