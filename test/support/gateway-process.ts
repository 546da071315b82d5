import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SERVER_KEY } from './ringside.js';

/** The checkout these tests stand in. */
export const HOUSE = fileURLToPath(new URL('../..', import.meta.url));

const BUILD_TIMEOUT_MS = 120_000;
const AUDIT_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 20;

/** How long a process that was asked to stop may take before it is killed; longer than any drain a test asks for. */
const STOP_TIMEOUT_MS = 30_000;

/** The upstream's key that gateways are given unless a test names another. */
export const UPSTREAM_KEY = 'sk-upstream-canary';

/** Compiles `src/` into `dist/`, so that a child runs what stands in the checkout. Fails with the compiler's words. */
export async function build(): Promise<void> {
  const compiler = join(HOUSE, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [compiler, '-b'], { cwd: HOUSE, timeout: BUILD_TIMEOUT_MS });
  } catch (error) {
    throw new Error(`src does not compile:\n${(error as { stdout?: string }).stdout ?? ''}`, { cause: error });
  }
}

/** `ringside audit verify` on a data directory, as an operator runs it; fails with the findings when there are any. */
export async function expectAuditPasses(dir: string): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(HOUSE, 'dist/cli.js'), 'audit', 'verify'], {
    env: { PATH: process.env['PATH'], RINGSIDE_DATA_DIR: dir, LOG_LEVEL: 'error' },
    timeout: AUDIT_TIMEOUT_MS,
  }).catch((error: { stdout?: string; message: string }) => ({ stdout: error.stdout || error.message }));
  expect(stdout).toMatch(/^\d+ events in \d+ streams and \d+ documents of the views checked: no problems\n$/);
}

/** How a gateway is started; nothing of the developer's own environment gets in. */
export interface Launch {
  /** Its data directory. */
  readonly dir: string;
  /** The base URL of its `openai`. */
  readonly upstreamUrl?: string;
  /** More settings; undefined takes one away that is there by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The program; by default the checkout's `dist/main.js`. */
  readonly main?: string;
  /**
   * A command that runs the command after it, e.g. in a network of its own. It must become that command, so that the
   * pid is the gateway's.
   */
  readonly within?: readonly string[];
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<GatewayProcess>();

/** Kills every gateway that a test left behind; for `afterEach`. */
export async function killGateways(): Promise<void> {
  await Promise.all([...running].map((gateway) => gateway.kill()));
}

/** A gateway in a process of its own, as an operator runs it: `node dist/main.js` and signals. */
export class GatewayProcess {
  /** Resolves when the process is gone and has said all it had to say. */
  readonly ended: Promise<Ending>;
  #output = '';
  #heard: (() => void) | undefined;

  private constructor(private readonly child: ChildProcess) {
    running.add(this);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#heard?.();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  /** Starts the process and does not wait for it. */
  static spawn({ dir, upstreamUrl, env, main = join(HOUSE, 'dist/main.js'), within = [] }: Launch): GatewayProcess {
    const [command, ...args] = [...within, process.execPath, main];
    const settings: Record<string, string | undefined> = {
      PATH: process.env['PATH'],
      PORT: '0',
      RINGSIDE_DATA_DIR: dir,
      RINGSIDE_BOOTSTRAP_KEY: SERVER_KEY,
      OPENAI_API_KEY: UPSTREAM_KEY,
      OPENAI_BASE_URL: upstreamUrl,
      ...env,
    };
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    return new GatewayProcess(spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'], env: given }));
  }

  /** Starts the process and waits until it takes calls. */
  static async start(launch: Launch): Promise<GatewayProcess> {
    const gateway = GatewayProcess.spawn(launch);
    await gateway.listening();
    await gateway.answers('/readyz', 200);
    return gateway;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Where it listens. */
  get url(): string {
    const url = /listens on (\S+)\/v1\n/.exec(this.#output)?.[1];
    if (url === undefined) throw new Error('the gateway does not listen yet');
    return url;
  }

  /** The first account's key, when this process said that it made one. */
  get generatedKey(): string | undefined {
    return /^ {2}(ko_\w+)$/m.exec(this.#output)?.[1];
  }

  /** All it has written to standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it has said where it listens; fails with its words when it ends before, or takes too long. */
  async listening(): Promise<void> {
    const overdue = AbortSignal.timeout(START_TIMEOUT_MS);
    const over = Promise.race([this.ended, new Promise((resolve) => overdue.addEventListener('abort', resolve))]).then(
      () => 'over',
    );
    while (!this.#output.includes('/v1\n')) {
      const heard = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      if ((await Promise.race([heard, over])) === 'over')
        throw new Error(`the gateway did not start:\n${this.#output}`);
    }
  }

  /** Resolves when a path answers with this status; fails after a while. */
  async answers(path: string, status: number): Promise<void> {
    const giveUpAt = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const response = await this.fetch(path).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.status === status) return;
      if (performance.now() > giveUpAt)
        throw new Error(`${path} answers ${response?.status ?? 'nothing'}:\n${this.#output}`);
      await delay(READY_POLL_MS);
    }
  }

  /** Sends a signal to this process and no other. */
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** SIGTERM; resolves when it is gone, which is by SIGKILL if it takes too long. */
  async stop(): Promise<Ending> {
    this.signal('SIGTERM');
    const insist = setTimeout(() => this.signal('SIGKILL'), STOP_TIMEOUT_MS);
    const ending = await this.ended;
    clearTimeout(insist);
    return ending;
  }

  /** A raw request with the server key; a body is sent as JSON unless it is a string. */
  fetch(
    path: string,
    { body, headers, ...init }: Omit<RequestInit, 'body' | 'headers'> & { body?: unknown; headers?: object } = {},
  ) {
    return fetch(`${this.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...init,
      headers: { authorization: `Bearer ${SERVER_KEY}`, 'content-type': 'application/json', ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  chat(body: Record<string, unknown> = {}, init: { headers?: object; signal?: AbortSignal } = {}): Promise<Response> {
    return this.fetch('/v1/chat/completions', {
      ...init,
      body: { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], ...body },
    });
  }
}
