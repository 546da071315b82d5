import { fork, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
/** `/proc` counts CPU time in ticks, which Linux fixes at 100 a second for programs that read it. */
const TICKS_PER_SECOND = 100;
/** What `npm start` gives Node. */
const GATEWAY_FLAGS = ['--max-semi-space-size=8'];

/** How often a starting process is asked whether it is ready. */
const ASK_AGAIN_MS = 10;

/** What a start took. */
export interface Start {
  /** From the process's beginning until it was ready. */
  readonly readyMs: number;
  /** Resident memory in MB (10⁶ bytes) then, before any call; undefined where there is no `/proc`. */
  readonly idleRssMb: number | undefined;
}

const starts = new Map<number, Start>();

/** What the start of a process of the bench took. */
export function startOf(pid: number): Start | undefined {
  return starts.get(pid);
}

function noteStart(pid: number, begunMs: number): void {
  starts.set(pid, { readyMs: performance.now() - begunMs, idleRssMb: memoryOf(pid)?.rssMb });
}

/** A process of the bench and where it listens. */
export interface Started {
  readonly pid: number;
  readonly port: number;
  /** Whether the process has not ended. */
  isAlive(): boolean;
  /** Asks it to end, waits, and insists after a while. Resolves to its exit code, null when it had to be killed. */
  stop(): Promise<number | null>;
}

function started(child: ChildProcess, port: number): Started {
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  void exited.then(() => process.removeListener('exit', killNow));
  return {
    pid: child.pid!,
    port,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const insist = setTimeout(killNow, STOP_TIMEOUT_MS);
      const [code] = await exited;
      clearTimeout(insist);
      return code;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts the upstream, which says its port when it listens. */
export function startUpstream(): Promise<Started> {
  return startScript('./upstream.ts', []);
}

/** Starts the bare proxy in front of an upstream. */
export function startBare(upstreamPort: number): Promise<Started> {
  return startScript('./bare.ts', [String(upstreamPort)]);
}

async function startScript(path: string, args: readonly string[]): Promise<Started> {
  const begunMs = performance.now();
  const child = fork(fileURLToPath(new URL(path, import.meta.url)), args, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: GATEWAY_FLAGS,
  });
  const [line] = (await once(child.stdout!, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })) as [Buffer];
  noteStart(child.pid!, begunMs);
  return started(child, Number(line.toString()));
}

/** How the gateway is started: in front of which upstream, with which files, and whether it writes a CPU profile. */
export interface GatewayOptions {
  readonly script: string;
  readonly upstreamPort: number;
  /**
   * Another upstream, for models that misbehave: good calls must not wait for what it is busy with. By default the
   * same.
   */
  readonly hostilePort?: number;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  /** The key of the ledger's first account, where there is a ledger already. */
  readonly key?: string;
}

/** A key that nobody has. */
export function newKey(): string {
  return `ko_${randomBytes(20).toString('hex')}`;
}

/** Starts the gateway as a stranger would get it: only what the bench needs is set, everything else is the default. */
export async function startGateway(options: GatewayOptions): Promise<Started & { readonly key: string }> {
  const port = await freePort();
  const key = options.key ?? newKey();
  mkdirSync(options.folder, { recursive: true });
  const log = join(options.folder, 'gateway.log');
  const logFile = openSync(log, 'a');
  const profiling = options.profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', options.profileFolder];
  const begunMs = performance.now();
  const child = spawn(process.execPath, [...GATEWAY_FLAGS, ...profiling, options.script], {
    stdio: ['ignore', logFile, logFile],
    // Nothing of the developer's environment gets in: neither real keys nor a server's URL.
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HOST: '127.0.0.1',
      RINGSIDE_DATA_DIR: join(options.folder, 'data'),
      RINGSIDE_BOOTSTRAP_KEY: key,
      OPENAI_API_KEY: 'bench-upstream-key',
      OPENAI_BASE_URL: `http://127.0.0.1:${options.upstreamPort}/v1`,
      OPENROUTER_API_KEY: 'bench-upstream-key',
      OPENROUTER_BASE_URL: `http://127.0.0.1:${options.hostilePort ?? options.upstreamPort}/v1`,
    },
  });
  const gateway = started(child, port);
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  while (!(await isReady(port))) {
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      await gateway.stop();
      throw new Error(
        `the gateway did not get ready:\n${readFileSync(log, 'utf8').replaceAll(key, 'ko_…').slice(-2000)}`,
      );
    }
    await delay(ASK_AGAIN_MS);
  }
  noteStart(child.pid!, begunMs);
  return { ...gateway, key };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** CPU seconds a process has used so far with all its threads; undefined where there is no `/proc`. */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = proc(pid, 'stat');
  // The second field is the name in brackets and may hold spaces; user and system time are the 12th and 13th after it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory now and at its highest, in MB (10⁶ bytes); undefined where there is no `/proc`. */
export function memoryOf(pid: number): { readonly rssMb: number; readonly peakRssMb: number } | undefined {
  const status = proc(pid, 'status');
  if (status === undefined) return undefined;
  const megabytes = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6;
  return { rssMb: megabytes('VmRSS'), peakRssMb: megabytes('VmHWM') };
}

/** What a process holds open: sockets, descriptors of every kind, and threads; undefined where there is no `/proc`. */
export interface Held {
  readonly sockets: number;
  readonly descriptors: number;
  readonly threads: number;
}

/** Counts what a process holds open now. */
export function heldBy(pid: number): Held | undefined {
  const status = proc(pid, 'status');
  if (status === undefined) return undefined;
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  return {
    sockets: targets.filter((target) => target.startsWith('socket:')).length,
    descriptors: targets.length,
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  };
}

/** Where a descriptor leads; nothing when it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function proc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
