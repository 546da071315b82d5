import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LedgerEvent } from '../../src/domain/events/index.js';
import { chunk, delta, silence, type Script, type ScriptedUpstream } from '../support/scripted-upstream.js';
import { dear } from './capped-calls.js';
import { until } from './clocked-process.js';

const PATIENCE_MS = 20_000;

/** A ledger's file, looked at from outside while gateways work on it. */
export class LedgerFile {
  private readonly database: DatabaseSync;

  constructor(dir: string) {
    this.database = new DatabaseSync(join(dir, 'ledger.db'), { timeout: PATIENCE_MS });
  }

  count(type: LedgerEvent['type']): number {
    return (this.database.prepare('SELECT count(*) AS count FROM events WHERE type = ?').get(type) as { count: number })
      .count;
  }

  /** Nothing is written until `unlock`; appends wait. */
  lock(): void {
    this.database.exec('BEGIN IMMEDIATE');
  }

  unlock(): void {
    this.database.exec('ROLLBACK');
  }

  close(): void {
    this.database.close();
  }
}

/**
 * A server that takes connections and never says anything: the handshake for `https` waits for it, so no request is
 * ever sent.
 */
export class MuteServer {
  connections = 0;

  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async start(): Promise<MuteServer> {
    const server = createServer();
    const mute = new MuteServer(server);
    server.on('connection', (socket) => {
      mute.connections++;
      // Their end is a kill.
      socket.on('error', () => socket.destroy());
      socket.resume();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return mute;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Where calls are made that are to be killed at one step of their way. */
export interface Stage {
  readonly upstream: ScriptedUpstream;
  readonly mute: MuteServer;
  readonly ledger: LedgerFile;
  /** How many calls `make` makes. */
  readonly calls: number;
  /** Sends the calls; resolves when all are over, however that is. */
  readonly make: () => Promise<unknown>;
  /** SIGKILL, at once. */
  readonly kill: () => void;
}

/** One step of a call's way, at which its process is killed. */
export interface Step {
  readonly name: string;
  /** Brings all the calls to the step and kills. */
  readonly killThere: (stage: Stage) => Promise<void>;
  /** The upstream is the mute server. */
  readonly isMute?: boolean;
  /** Whether the calls are in the book afterwards; else their holds are open. */
  readonly isBooked?: boolean;
  /** What each caller sees; `luck` where it may be either. */
  readonly answer: 200 | 'cut off' | 'luck';
}

/** Counts how often it is called; resolves at the last time. */
function countdown(calls: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { all: promise, reached: () => void (--calls === 0 && resolve()) };
}

/** Lets the upstream answer all of the calls while nothing can be written; resolves when its last byte has left. */
async function answeredWhileLocked({ upstream, ledger, calls, make }: Stage): Promise<void> {
  const [arrived, finished] = [countdown(calls), countdown(calls)];
  const { promise: open, resolve: letGo } = Promise.withResolvers<void>();
  upstream.reply(async (request, response, server) => {
    response.once('finish', finished.reached);
    arrived.reached();
    await open;
    return dear(request, response, server);
  });
  void make();
  await arrived.all;
  ledger.lock();
  letGo();
  await finished.all;
}

const begun: Script = async (request, response, upstream) => {
  if (request.body.stream === true)
    return silence([chunk([delta({ role: 'assistant', content: 'These words came.' })])])(request, response, upstream);
  response.writeHead(200, { 'content-type': 'application/json' });
  await new Promise((resolve) => response.write('{"id": "chatcmpl-1", ', resolve));
};

/** From the hold to the caller's whole answer. */
export const STEPS: readonly Step[] = [
  {
    name: 'held, and nothing sent',
    answer: 'cut off',
    isMute: true,
    killThere: async ({ ledger, mute, calls, make, kill }) => {
      const held = ledger.count('UsageHeld') + calls;
      void make();
      await until(() => ledger.count('UsageHeld') === held && mute.connections > 0);
      kill();
    },
  },
  {
    name: 'sent, and not answered',
    answer: 'cut off',
    killThere: async ({ upstream, calls, make, kill }) => {
      const arrived = upstream.count + calls;
      upstream.reply(silence());
      void make();
      await upstream.arrived(arrived);
      kill();
    },
  },
  {
    name: 'answered in part',
    answer: 'cut off',
    killThere: async ({ upstream, calls, make, kill }) => {
      const written = countdown(calls);
      upstream.reply(async (...request) => {
        await begun(...request);
        written.reached();
      });
      void make();
      await written.all;
      kill();
    },
  },
  {
    name: 'answered, and not written',
    answer: 'cut off',
    killThere: async (stage) => {
      await answeredWhileLocked(stage);
      stage.kill();
    },
  },
  {
    name: 'written, and perhaps not known to the caller',
    isBooked: true,
    answer: 'luck',
    killThere: async (stage) => {
      const { ledger, calls, kill } = stage;
      const written = ledger.count('UsageRecorded') + calls;
      await answeredWhileLocked(stage);
      ledger.unlock();
      // Nothing else happens here meanwhile, so that the kill follows upon the commit.
      const giveUpAt = performance.now() + PATIENCE_MS;
      while (ledger.count('UsageRecorded') < written && performance.now() < giveUpAt);
      kill();
    },
  },
  {
    name: 'answered to the end',
    isBooked: true,
    answer: 200,
    killThere: async ({ upstream, make, kill }) => {
      upstream.reply(dear);
      await make();
      kill();
    },
  },
];
