import cluster, { type Worker } from 'node:cluster';
import { Logger } from '@nestjs/common';
import type { Clock } from '../domain/clock.js';
import { answerWorker, type Owned } from './answer-worker.js';
import { MessageLine } from './message-line.js';
import type { FromOwner, FromWorker } from './messages.js';

/** Pauses before a worker that ended has a successor: the first, and the longest, as each is twice the one before. */
const RESTART_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** A worker that lived for so long was well: its successor starts after the first pause. */
const WELL_AFTER_MS = 60_000;

/** How long a worker may take beyond its drain to let go of its callers and its stores. */
const STOP_PATIENCE_MS = 20_000;

/** Which workers a gateway has. */
export interface WorkerSettings {
  readonly count: number;
  /** How long each of them waits for its calls when it is stopped. */
  readonly drainTimeoutMs: number;
}

/** A worker ended before it took calls. The message has its own words: one line where the machine is the reason. */
export class WorkerCannotStart extends Error {
  override readonly name = 'WorkerCannotStart';
}

/**
 * The workers of an owner: this program again, in processes that share the port. The owner accepts the connections and
 * hands them to the workers in turn. A worker that ends has a successor.
 */
export class WorkerGroup {
  private readonly logger = new Logger('Workers');
  private readonly alive = new Set<Worker>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private pauseMs = RESTART_PAUSE_MS;
  private isStopping = false;

  constructor(
    private readonly settings: WorkerSettings,
    private readonly owned: Owned,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts the workers; resolves when all take calls.
   * @returns the URL of the port that they share
   * @throws WorkerCannotStart when one of them cannot; the others are stopped
   */
  async start(): Promise<string> {
    const starting = Array.from({ length: this.settings.count }, () => this.begin());
    try {
      const [url] = await Promise.all(starting);
      return url!;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops all workers: each lets its calls finish. Resolves when they are gone. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const restart of this.restarts) clearTimeout(restart);
    const endings = [...this.alive].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of this.alive) worker.process.kill('SIGTERM');
    const impatient = setTimeout(() => {
      for (const worker of this.alive) worker.process.kill('SIGKILL');
    }, this.settings.drainTimeoutMs + STOP_PATIENCE_MS);
    await Promise.all(endings);
    clearTimeout(impatient);
  }

  /** Starts a worker; resolves with its URL when it takes calls. Rejects when it ends before that. */
  private async begin(): Promise<string> {
    const beganAtMs = this.clock.elapsedMs();
    const worker = cluster.fork();
    this.alive.add(worker);
    const line = new MessageLine<FromOwner, FromWorker>(worker);
    answerWorker(line, this.owned);
    const closeConnectionOnItsWay = noteConnections(worker);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let isListening = false;
    let reason: string | undefined;
    line.onHeard((message) => {
      if ('listensOn' in message) {
        isListening = true;
        resolve(message.listensOn);
      } else if ('cannotStart' in message) reason = message.cannotStart;
    });
    const end = (how: string) => {
      if (!this.alive.delete(worker)) return;
      closeConnectionOnItsWay();
      if (isListening) this.replace(`worker ${worker.process.pid}: ${how}`, this.clock.elapsedMs() - beganAtMs);
      else reject(new WorkerCannotStart(how));
    };
    worker.on('exit', (code, signal) => end(reason ?? `it ended with ${signal ?? `code ${code}`}`));
    // What Node sends to a worker that has just died fails, and its exit follows. One that never was has none.
    worker.on('error', (error: Error) => {
      if (worker.process.pid === undefined) end(error.message);
    });
    return promise;
  }

  /** Starts a successor after a pause, until there is one that takes calls. */
  private replace(ended: string, livedMs: number): void {
    if (this.isStopping) return;
    if (livedMs > WELL_AFTER_MS) this.pauseMs = RESTART_PAUSE_MS;
    const { pauseMs } = this;
    this.pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    this.logger.error(`${ended}; another one starts in ${pauseMs} ms`);
    const restart = setTimeout(() => {
      this.restarts.delete(restart);
      this.begin().then(
        () => this.logger.log('another worker takes calls'),
        (error: Error) => this.replace(`a worker could not start: ${error.message}`, 0),
      );
    }, pauseMs);
    this.restarts.add(restart);
  }
}

/**
 * Notes the connection that was handed to a worker last. Node (24) keeps it open when the worker dies before it has said
 * that it has it, and gives it to nobody else: its caller would wait for ever.
 * @returns closes that connection here, to be called when the worker is gone; nothing happens where it was taken
 */
function noteConnections({ process: child }: Worker): () => void {
  const send = child.send.bind(child) as (...message: unknown[]) => boolean;
  let last: { close(): void } | undefined;
  const noting = (...message: unknown[]) => {
    const [, handle] = message;
    if (typeof handle === 'object' && handle !== null && 'close' in handle) last = handle as { close(): void };
    return send(...message);
  };
  child.send = noting;
  return () => last?.close();
}
