import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerEvent, UsageRecorded } from '../../src/domain/events/index.js';
import { SqliteEventStore } from '../../src/engines/sqlite/event-store.js';
import { decode } from '../../src/ledger/journal/codec.js';
import { openLedger } from '../support/embedded-ledger.js';
import { build, expectAuditPasses, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { chunk, delta, echo, ScriptedUpstream, silence, type Script } from '../support/scripted-upstream.js';
import { call, seeded, unhurriedEcho, type FinishedCall } from './loaded-gateway.js';

/**
 * How often the loaded process is killed. The long run, about eight minutes: `RINGSIDE_KILLS=200 npm run test:slow --
 * test/processes/sigkill.slow.ts`; a run again: `RINGSIDE_KILL_SEED=<printed seed>`.
 */
const KILLS = Number(process.env['RINGSIDE_KILLS'] ?? 25);
const SEED = Number(process.env['RINGSIDE_KILL_SEED'] ?? Date.now() % 1_000_000);
const LONGEST_LOAD_MS = 500;
const CALLS_AT_ONCE = 24;
const FIRST_STARTS = 10;
const LONGEST_START_MS = 1500;
const ROUND_TIMEOUT_MS = 15_000;

let dir: string;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  process.stderr.write(`${KILLS} SIGKILLs with seed ${SEED}\n`);
  await build();
}, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-sigkill-'));
  upstream = await ScriptedUpstream.start();
  upstream.keepRequests = false;
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

const start = () => GatewayProcess.start({ dir, upstreamUrl: upstream.url });

/** The usage in the book by request id, read on from round to round. */
class UsageByRequest extends Map<string, UsageRecorded> {
  #position = 0;

  async readOn(): Promise<void> {
    const store = await SqliteEventStore.open(join(dir, 'ledger.db'));
    try {
      for await (const stored of store.readAll(this.#position)) {
        this.#position = stored.position;
        const event = decode(stored, undefined);
        if (event.type !== 'UsageRecorded') continue;
        if (this.has(event.requestId!)) throw new Error(`${event.requestId} is recorded twice`);
        this.set(event.requestId!, event);
      }
    } finally {
      await store.close();
    }
  }
}

/** Loads a gateway until it is killed, and gives the calls that were answered to the end. */
async function loadAndKill(gateway: GatewayProcess, round: number, random: () => number): Promise<FinishedCall[]> {
  const finished: FinishedCall[] = [];
  const firstAnswer = Promise.withResolvers<void>();
  let killed = false;
  const caller = async () => {
    while (!killed) {
      const user =
        random() < 0.2 ? `new-in-${round}-${Math.floor(random() * 20)}` : `regular-${Math.floor(random() * 6)}`;
      const answered = await call(gateway, user, 'word '.repeat(1 + random() * 60), random() < 0.5);
      if (!answered && !killed) throw new Error('an answer was cut off by a living gateway');
      if (answered) finished.push(answered);
      firstAnswer.resolve();
    }
  };
  const load = Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller));
  await Promise.race([firstAnswer.promise, load]);
  await delay(random() * LONGEST_LOAD_MS);
  killed = true;
  await gateway.kill();
  await load;
  return finished;
}

/** Every finished call is in the book as its caller saw it. */
function expectRecorded(finished: readonly FinishedCall[], usage: ReadonlyMap<string, UsageRecorded>): void {
  const wrong = finished.filter((seen) => {
    const data = usage.get(seen.requestId)?.data;
    return (
      data?.outcome !== 'completed' ||
      data.stream !== seen.stream ||
      data.tokens.input !== seen.usage.prompt_tokens ||
      data.tokens.output !== seen.usage.completion_tokens
    );
  });
  expect(wrong).toEqual([]);
}

/** Everything in the book with its personal fields. */
async function bookOf(): Promise<LedgerEvent[]> {
  const ledger = await openLedger({ dir });
  try {
    return (await ledger.entries()).map(({ event }) => event);
  } finally {
    await ledger.close();
  }
}

/** Each user stands for one customer; returns which. */
function customersOf(book: readonly LedgerEvent[]): Map<string, string> {
  const created = book
    .filter((event) => event.type === 'CustomerCreated')
    .map(({ personal, customer }) => [personal!.externalId, customer!] as const);
  const customers = new Map(created);
  expect(created).toHaveLength(customers.size);
  return customers;
}

/**
 * Kills one call's process at a step of its way; `reached` is called when it is there, and an answer that is complete
 * is always there.
 */
interface Step {
  readonly name: string;
  readonly script: (reached: () => void) => Script;
  /** How often the book may hold the call afterwards. */
  readonly recorded: readonly number[];
}

const STEPS: readonly Step[] = [
  {
    name: 'sent upstream',
    script:
      (reached) =>
      (...request) => {
        reached();
        return silence()(...request);
      },
    recorded: [0],
  },
  {
    name: 'begun by the upstream',
    script:
      (reached) =>
      async (...request) => {
        await silence([chunk([delta({ role: 'assistant', content: 'These words came.' })])])(...request);
        reached();
      },
    recorded: [0],
  },
  {
    name: 'answered by the upstream',
    script: (reached) => (request, response, server) => {
      response.once('finish', reached);
      return echo()(request, response, server);
    },
    recorded: [0, 1],
  },
  { name: 'answered', script: () => echo(), recorded: [1] },
];

it(
  'R17 SIGKILLs during the first starts leave a directory that starts',
  async () => {
    const random = seeded(SEED);
    for (let no = 0; no < FIRST_STARTS; no++) {
      const gateway = GatewayProcess.spawn({ dir, upstreamUrl: upstream.url });
      await delay(random() * LONGEST_START_MS);
      await gateway.kill();
    }
    const gateway = await start();
    expect(await call(gateway, 'user', 'Hi', false)).toBeDefined();
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    expect((await bookOf()).filter(({ type }) => type === 'AccountOpened')).toHaveLength(1);
    await expectAuditPasses(dir);
  },
  FIRST_STARTS * ROUND_TIMEOUT_MS,
);

it(
  'R17 SIGKILL at every step leaves an explainable ledger',
  async () => {
    const killed = new Map<string, { step: Step; finished: FinishedCall | undefined }>();
    for (const step of STEPS) {
      for (const stream of [false, true]) {
        const user = `${step.name}, ${stream ? 'streamed' : 'whole'}`;
        const reached = Promise.withResolvers<void>();
        upstream.reply(step.script(reached.resolve));
        const gateway = await start();
        const calling = call(gateway, user, 'Hi', stream);
        await Promise.race([reached.promise, calling]);
        await gateway.kill();
        killed.set(user, { step, finished: await calling });
      }
    }
    upstream.reply(echo());
    const gateway = await start();
    for (const user of killed.keys()) expect(await call(gateway, user, 'Hi again', false)).toBeDefined();
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });

    const book = await bookOf();
    const customers = customersOf(book);
    for (const [user, { step, finished }] of killed) {
      const usage = book.filter(
        (event) => event.type === 'UsageRecorded' && event.customer === customers.get(user),
      ) as UsageRecorded[];
      expect(usage.every(({ data: { outcome, flags } }) => outcome === 'completed' && flags.length === 0)).toBe(true);
      const before = usage.slice(0, -1);
      expect({ user, recorded: step.recorded }).toEqual({ user, recorded: expect.arrayContaining([before.length]) });
      if (finished) expect(before.map(({ requestId }) => requestId)).toEqual([finished.requestId]);
    }
    await expectAuditPasses(dir);
  },
  STEPS.length * 2 * ROUND_TIMEOUT_MS,
);

it(
  'R17 after SIGKILLs of a loaded process at random moments every finished answer is in the book exactly once',
  async () => {
    const beganMs = performance.now();
    const random = seeded(SEED);
    const usage = new UsageByRequest();
    const finished: FinishedCall[] = [];
    upstream.reply(unhurriedEcho());
    let gateway = await start();
    for (let round = 0; round < KILLS; round++) {
      const finishedNow = await loadAndKill(gateway, round, random);
      gateway = await start();
      await usage.readOn();
      expectRecorded(finishedNow, usage);
      finished.push(...finishedNow);
    }
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    process.stderr.write(
      `${finished.length} finished answers, ${Math.round((performance.now() - beganMs) / KILLS)} ms a round\n`,
    );

    const customers = customersOf(await bookOf());
    expect(finished.filter(({ requestId, user }) => usage.get(requestId)!.customer !== customers.get(user))).toEqual(
      [],
    );
    expect(
      [...usage.values()].filter(({ data: { outcome, flags } }) => outcome !== 'completed' || flags.length > 0),
    ).toEqual([]);
    const bookedTokens = sum([...usage.values()].map(({ data: { tokens } }) => tokens.input + tokens.output));
    const servedTokens = sum(upstream.served.map(({ usage: { total_tokens: total } }) => total));
    // What was served to calls that nobody saw finished may be missing; nothing may be in excess.
    expect(bookedTokens).toBeLessThanOrEqual(servedTokens);
    await expectAuditPasses(dir);
  },
  30_000 + KILLS * ROUND_TIMEOUT_MS,
);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
