import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryOf, newKey, startGateway, type Started } from '../processes.ts';
import { ask, measureAtOnce, measureReads, type MeasuredReads, type Readable } from './reads.ts';
import type { Rebuilt } from './rebuild-views.ts';
import { firstTimes, setAgainAndAgain, type SettingCost } from './settings.ts';
import type { WriteOrder, Written } from './write-ledger.ts';

const CUSTOMERS = 2_000;
/** A small ledger has fewer customers, so that most of its events are calls. */
const EVENTS_A_PLAIN_CUSTOMER = 100;
const EARLY_EVENTS = 10_000;
const DAYS = 75;
const MS_PER_DAY = 86_400_000;
const READS_AT_ONCE = 8;
/** How long each kind of read is repeated at most. */
const READS_MS = { small: 1000, large: 5000 };
const LARGE_EVENTS = 100_000;
/** Of a million events: 200,000 customers with one call each, and 3,000 settings of each kind. */
const EVENTS_A_CUSTOMER = 5;
const SETTINGS = { most: 3_000, fewest: 100, eventsEach: 200 };
const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** Reads of one gateway, by what is read. */
export type Reads = Readonly<Record<string, MeasuredReads>>;

/** What a ledger of some size costs. */
export interface ScaleResult {
  readonly written: Written;
  readonly early: { readonly events: number; readonly reads: Reads };
  readonly bytes: { readonly ledger: number; readonly views: number; readonly all: number };
  readonly rebuilt: Rebuilt;
  readonly audit: {
    readonly events: number;
    readonly seconds: number;
    readonly peakRssMb: number;
    readonly verdict: string;
  };
  readonly reads: Reads;
  readonly pastAtOnce: { readonly allMs: number; readonly stallMs: number };
  readonly rssMb: number;
  readonly manyCustomers: ManyCustomers;
  readonly settings: {
    readonly costs: readonly SettingCost[];
    readonly fresh: { readonly putMs: number; readonly callMs: number };
  };
}

/** S12: very many customers with one call each. */
export interface ManyCustomers {
  readonly customers: number;
  readonly written: Written;
  readonly reads: Reads;
  readonly rssMb: number;
}

/** A ledger that is measured: its folder and the key of its account. */
interface Ledger {
  readonly folder: string;
  readonly key: string;
}

/** Writes a ledger of so many events in a folder and measures it. */
export async function measureScale(folder: string, events: number): Promise<ScaleResult> {
  const ledger = { folder: join(folder, 'scale'), key: newKey() };
  const longestMs = events < LARGE_EVENTS ? READS_MS.small : READS_MS.large;
  const toMs = Date.now() - 60_000;
  const fromMs = toMs - DAYS * MS_PER_DAY;
  const plain = { customers: Math.min(CUSTOMERS, Math.ceil(events / EVENTS_A_PLAIN_CUSTOMER)), isOneCallEach: false };
  const few = Math.min(EARLY_EVENTS, Math.floor(events / 2));
  const middleMs = fromMs + ((toMs - fromMs) * few) / events;
  const early = await writtenTo(ledger, { ...plain, events: few, fromMs, toMs: middleMs });
  const earlyReads = await withGateway(ledger, (gateway) =>
    usageReads(gateway, { fromMs, events: early.events, longestMs }),
  );
  const written = await writtenTo(ledger, { ...plain, events: events - few, fromMs: middleMs, toMs });
  const all = early.events + written.events;
  const bytes = sizesOf(join(ledger.folder, 'data'));
  const rebuilt = await rebuiltFrom(ledger);
  const audit = await audited(ledger, all);
  const { reads, pastAtOnce, rssMb } = await withGateway(ledger, async (gateway) => ({
    reads: await usageReads(gateway, { fromMs, events: all, longestMs }),
    pastAtOnce: await measureAtOnce(
      gateway,
      `usage?from=${dateOf(fromMs)}&as_of=${Math.floor(all / 2)}`,
      READS_AT_ONCE,
    ),
    rssMb: memoryOf(gateway.pid)?.rssMb ?? 0,
  }));
  return {
    written,
    early: { events: early.events, reads: earlyReads },
    bytes: {
      ledger: bytes.ledger / (early.calls + written.calls),
      views: bytes.views / (early.calls + written.calls),
      all: bytes.all / (early.calls + written.calls),
    },
    rebuilt,
    audit,
    reads,
    pastAtOnce,
    rssMb,
    manyCustomers: await measureManyCustomers(folder, Math.max(200, Math.floor(events / EVENTS_A_CUSTOMER)), longestMs),
    settings: await measureSettings(folder, events),
  };
}

function sizesOf(dataDir: string) {
  const bytesOf = (wanted: (name: string) => boolean) =>
    readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && wanted(entry.name))
      .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return {
    ledger: bytesOf((name) => name === 'ledger.db'),
    views: bytesOf((name) => name === 'views.db'),
    all: bytesOf(() => true),
  };
}

async function writtenTo({ folder, key }: Ledger, order: WriteOrder): Promise<Written> {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { recursive: true });
  const child = forked('./write-ledger.ts', [dataDir, key]);
  await answerOf(child);
  child.send(order);
  const written = await answerOf<Written>(child);
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
  return written;
}

async function rebuiltFrom({ folder }: Ledger): Promise<Rebuilt> {
  const scratch = join(folder, 'rebuilt');
  mkdirSync(scratch);
  return answerOf<Rebuilt>(forked('./rebuild-views.ts', [join(folder, 'data'), scratch]));
}

function forked(script: string, args: readonly string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ['--no-warnings', '--max-semi-space-size=16'],
  });
  const killNow = () => void child.kill('SIGKILL');
  process.once('exit', killNow);
  child.once('exit', () => process.removeListener('exit', killNow));
  return child;
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${String(code)}`);
  });
  ended.catch(() => undefined);
  return (await Promise.race([once(child, 'message').then(([message]) => message), ended])) as Answer;
}

/** Runs `ringside audit verify` and looks at its memory while it runs. */
async function audited({ folder }: Ledger, events: number): Promise<ScaleResult['audit']> {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, 'audit', 'verify'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, RINGSIDE_DATA_DIR: join(folder, 'data') },
  });
  let peakRssMb = 0;
  const looking = setInterval(() => (peakRssMb = Math.max(peakRssMb, memoryOf(child.pid!)?.peakRssMb ?? 0)), 200);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  clearInterval(looking);
  const seconds = (performance.now() - started) / 1000;
  return { events, seconds, peakRssMb, verdict: said.trim().split('\n').at(-1) ?? '' };
}

async function withGateway<Result>(
  { folder, key }: Ledger,
  work: (gateway: Started & Readable) => Promise<Result>,
): Promise<Result> {
  // No call of the bench leaves the gateway.
  const gateway = await startGateway({ script: MAIN, upstreamPort: 9, folder, profileFolder: undefined, key });
  try {
    return await work(gateway);
  } finally {
    await gateway.stop();
  }
}

function dateOf(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
}

/** What is read of a ledger, and for how long each kind of read is repeated. */
interface ReadOrder {
  readonly fromMs: number;
  readonly events: number;
  readonly longestMs: number;
}

async function usageReads(gateway: Readable, { fromMs, events, longestMs }: ReadOrder): Promise<Reads> {
  const from = `from=${dateOf(fromMs)}`;
  const past = `&as_of=${Math.floor(events / 2)}`;
  const { data: customers } = await ask<{ data: { external_id: string }[] }>(gateway, 'customers?limit=50');
  const ofEach = (rest: string) => customers.map(({ external_id: customer }) => `customers/${customer}/${rest}`);
  const questions: Record<string, readonly string[]> = {
    'usage of the account by day': [`usage?${from}&group_by=day`],
    'usage of the account, this month': ['usage'],
    'usage of a customer by day': ofEach(`usage?${from}&group_by=day`),
    'usage by customer': [`usage?${from}&group_by=customer`],
    'margin of a customer': ofEach(`margin?${from}`),
    'requests, newest': ['requests?limit=20'],
    'as_of: usage of the account': [`usage?${from}${past}`],
    'as_of: usage of a customer by day': ofEach(`usage?${from}&group_by=day${past}`),
    'as_of: margin by customer': [`margin?${from}&group_by=customer${past}`],
  };
  const reads: Record<string, MeasuredReads> = {};
  for (const [name, paths] of Object.entries(questions)) reads[name] = await measureReads(gateway, paths, longestMs);
  return reads;
}

async function measureManyCustomers(folder: string, customers: number, longestMs: number): Promise<ManyCustomers> {
  const ledger = { folder: join(folder, 'many-customers'), key: newKey() };
  const toMs = Date.now() - 60_000;
  const written = await writtenTo(ledger, {
    events: 0,
    customers,
    isOneCallEach: true,
    fromMs: toMs - MS_PER_DAY,
    toMs,
  });
  const from = `from=${dateOf(toMs - 2 * MS_PER_DAY)}`;
  return withGateway(ledger, async (gateway) => {
    const { next_cursor: cursor } = await ask<{ next_cursor?: string }>(gateway, `usage?${from}&group_by=customer`);
    const rest = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const reads = {
      'by customer, first page': await measureReads(gateway, [`usage?${from}&group_by=customer`], longestMs),
      'by customer, second page': await measureReads(gateway, [`usage?${from}&group_by=customer${rest}`], longestMs),
      'by tag': await measureReads(gateway, [`usage?${from}&group_by=tag`], longestMs),
    };
    return { customers, written, reads, rssMb: memoryOf(gateway.pid)?.rssMb ?? 0 };
  });
}

async function measureSettings(folder: string, events: number): Promise<ScaleResult['settings']> {
  const ledger = { folder: join(folder, 'settings'), key: newKey() };
  const times = Math.min(SETTINGS.most, Math.max(SETTINGS.fewest, Math.floor(events / SETTINGS.eventsEach)));
  const costs = await withGateway(ledger, (gateway) => setAgainAndAgain(gateway, times));
  return { costs, fresh: await withGateway(ledger, firstTimes) };
}
