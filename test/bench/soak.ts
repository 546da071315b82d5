import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from './clock.ts';
import { Connection, type Reply } from './connection.ts';
import { checkModel, type LedgerCheck } from './ledger-check.ts';
import { heldBy, memoryOf, type Held } from './processes.ts';
import { requestsOf, type Shape } from './requests.ts';
import type { Served } from './served.ts';

const CALLS_PER_SECOND = 60;
const SAMPLE_MS = 1000;
const TICK_MS = 10;
const WARM_UP_SECONDS = 10;
/** Connections that nobody uses are closed by the gateway and by its pool towards the upstream after some seconds. */
const SETTLE_SECONDS = 30;
const CUSTOMERS = Array.from({ length: 200 }, (_, n) => `soak-${String(n).padStart(3, '0')}`);

/**
 * What twenty calls in a row are: 30 % streams that the caller leaves, 5 % failures of the upstream, the rest whole
 * answers.
 */
const MIX: readonly Kind[] = [...many('left', 6), ...many('failing', 1), ...many('stream', 6), ...many('json', 7)];
type Kind = 'json' | 'stream' | 'left' | 'failing';

function many(kind: Kind, count: number): Kind[] {
  return Array.from({ length: count }, () => kind);
}

/** The gateway under a soak and what is behind it. */
export interface Soaked {
  readonly pid: number;
  readonly port: number;
  readonly key: string;
  readonly upstreamPort: number;
  readonly model: string;
}

/** A point of the memory's course: seconds since the load began, MB. */
export interface Sample {
  readonly second: number;
  readonly rssMb: number;
}

/** What a soak saw. */
export interface SoakResult {
  readonly minutes: number;
  readonly calls: Readonly<Record<Kind, number>>;
  /** Calls that ended in another way than their kind asks for. */
  readonly unexpected: Readonly<Record<Kind, number>>;
  readonly samples: readonly Sample[];
  /** Growth of resident memory over the last two thirds, in kB a minute, by least squares. */
  readonly slopeKbPerMinute: number;
  /** What the process held open before the load, and some time after it had ended. */
  readonly before: Held | undefined;
  readonly after: Held | undefined;
  readonly ledger: LedgerCheck;
}

/**
 * Loads a gateway for some minutes with whole, left and failing calls, and watches its memory and what it holds open.
 */
export async function soak(gateway: Soaked, minutes: number, settleSeconds = SETTLE_SECONDS): Promise<SoakResult> {
  const load = new SoakLoad(gateway);
  await load.run(WARM_UP_SECONDS, () => undefined);
  await delay(settleSeconds * 1000);
  const before = heldBy(gateway.pid);
  const samples: Sample[] = [];
  const startMs = nowMs();
  await load.run(minutes * 60, () => {
    const memory = memoryOf(gateway.pid);
    if (memory) samples.push({ second: (nowMs() - startMs) / 1000, rssMb: memory.rssMb });
  });
  await delay(settleSeconds * 1000);
  const after = heldBy(gateway.pid);
  const served = (await (await fetch(`http://127.0.0.1:${gateway.upstreamPort}/served`)).json()) as Served;
  const ledger = await checkModel(gateway.port, gateway.key, served, gateway.model);
  const slopeKbPerMinute = slopeOf(samples.filter(({ second }) => second > minutes * 20)) * 1000 * 60;
  return { minutes, calls: load.calls, unexpected: load.unexpected, samples, slopeKbPerMinute, before, after, ledger };
}

/** MB a second by least squares; 0 where there are fewer than two points. */
export function slopeOf(samples: readonly Sample[]): number {
  const meanSecond = samples.reduce((sum, { second }) => sum + second, 0) / samples.length;
  const meanMb = samples.reduce((sum, { rssMb }) => sum + rssMb, 0) / samples.length;
  let products = 0;
  let squares = 0;
  for (const { second, rssMb } of samples) {
    products += (second - meanSecond) * (rssMb - meanMb);
    squares += (second - meanSecond) ** 2;
  }
  return squares > 0 ? products / squares : 0;
}

/** Calls of the mix at a steady rate, on connections that are kept as long as they last. */
class SoakLoad {
  readonly calls: Record<Kind, number> = { json: 0, stream: 0, left: 0, failing: 0 };
  /** How many calls of each kind ended otherwise than they should. */
  readonly unexpected: Record<Kind, number> = { json: 0, stream: 0, left: 0, failing: 0 };
  private readonly port: number;
  private readonly requests: Readonly<Record<Kind, readonly Buffer[]>>;
  private readonly free: Connection[] = [];
  private turn = 0;
  private open = 0;

  constructor({ port, key, model }: Soaked) {
    this.port = port;
    // Calls that do not end as the upstream counts them go to models of their own; the book of the others is compared.
    // The streams that are left are those that the upstream holds open, so that none is over before its caller goes.
    const requests = (name: string, shape: Shape) =>
      requestsOf({ name: 'ringside', port, key, model: `fc:openai/${name}` }, shape, CUSTOMERS);
    this.requests = {
      json: requests(model, 'json'),
      stream: requests(model, 'stream'),
      left: requests('gpt-4o', 'held'),
      failing: requests('fail-500', 'json'),
    };
  }

  /** Resolves when the time is over and every call has ended. */
  async run(seconds: number, everySecond: () => void): Promise<void> {
    const startMs = nowMs();
    const endMs = startMs + seconds * 1000;
    const sampling = setInterval(everySecond, SAMPLE_MS);
    let sent = 0;
    while (nowMs() < endMs) {
      const due = ((nowMs() - startMs) / 1000) * CALLS_PER_SECOND;
      while (sent < due) {
        sent++;
        this.call(MIX[this.turn % MIX.length]!);
      }
      await delay(TICK_MS);
    }
    while (this.open > 0) await delay(TICK_MS);
    clearInterval(sampling);
    for (const connection of this.free.splice(0)) connection.close();
  }

  private call(kind: Kind): void {
    const requests = this.requests[kind];
    const request = requests[Math.floor(this.turn++ / MIX.length) % requests.length]!;
    this.calls[kind]++;
    this.open++;
    let connection = kind === 'left' ? undefined : this.free.pop();
    while (connection?.broken) connection = this.free.pop();
    const used = connection ?? new Connection(this.port);
    used.onFirstByte = kind === 'left' ? () => used.close() : undefined;
    used.send(request, (reply) => {
      this.open--;
      if (!isAsExpected(kind, reply)) this.unexpected[kind]++;
      if (kind !== 'left' && !used.broken) this.free.push(used);
    });
  }
}

function isAsExpected(kind: Kind, { status, complete }: Reply): boolean {
  if (kind === 'failing') return status === 503;
  return kind === 'left' ? !complete : status === 200 && complete;
}

/** The result in lines for people, with the memory at ten moments. */
export function renderSoak({
  minutes,
  calls,
  unexpected,
  samples,
  slopeKbPerMinute,
  before,
  after,
  ledger,
}: SoakResult): string {
  const step = Math.max(1, Math.floor(samples.length / 10));
  const course = samples
    .filter((_, n) => n % step === 0)
    .map(({ second, rssMb }) => `${(second / 60).toFixed(1)} min ${rssMb.toFixed(0)} MB`);
  const held = (what: Held | undefined) =>
    what ? `${what.sockets} sockets, ${what.descriptors} descriptors, ${what.threads} threads` : 'not known';
  return [
    `SOAK  ${minutes} minutes at ${CALLS_PER_SECOND} calls/s: ${calls.json} JSON, ${calls.stream} streams, ${calls.left} streams left by their caller, ${calls.failing} failures of the upstream`,
    `  RSS ${course.join(', ')}`,
    `  slope over the last two thirds: ${slopeKbPerMinute.toFixed(0)} kB a minute`,
    `  open before the load: ${held(before)}; after it: ${held(after)}`,
    `  calls that ended otherwise than they should: ${JSON.stringify(unexpected)}`,
    ledger.equal
      ? `  LEDGER equal to the nano-USD: ${ledger.calls} calls, ${ledger.costUsd} USD`
      : `  LEDGER DIFFERS: ${ledger.differences.join('; ')}`,
  ].join('\n');
}
