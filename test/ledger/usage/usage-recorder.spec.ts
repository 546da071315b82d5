import { holdsById } from '../../../src/domain/statement/open-holds.js';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import type { RecordUsage } from '../../../src/domain/statement/end-hold.js';
import type { PlacedHold } from '../../../src/domain/statement/hold.js';
import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../../../src/domain/statement/statement.js';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { FileSpool } from '../../../src/engines/files/spool.js';
import { chainOf } from '../../../src/ledger/journal/codec.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { UsageRecorder } from '../../../src/ledger/usage/usage-recorder.js';
import { Spool } from '../../../src/ledger/usage/spool.js';
import { UsageSpool } from '../../../src/ledger/usage/usage-spool.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { measured, recordUsage } from '../../support/measured.js';
import { SettableClock } from '../../support/settable-clock.js';
import { watchDecisions } from '../../support/watched-decisions.js';

const ACCOUNT = 'acct_1';
const MASTER_KEY = Buffer.alloc(32, 7);

/** What the store does to the next appends: takes them, refuses them, or takes them and loses the answer. */
type Mood = 'well' | 'out' | 'forgetful';

class MoodyStore extends EventStore {
  mood: Mood = 'well';
  readsToo = false;
  /** Called with the stream before an append reaches the store. */
  before: (stream: string) => Promise<unknown> | undefined = () => undefined;

  constructor(private readonly store: EventStore) {
    super();
  }

  override async append(...[stream, ...rest]: Parameters<EventStore['append']>) {
    await this.before(stream);
    if (this.mood === 'out') throw new StoreUnavailable('the ledger', 'out');
    const appended = await this.store.append(stream, ...rest);
    if (this.mood === 'forgetful') throw new StoreUnavailable('the ledger', 'the answer was lost');
    return appended;
  }

  override async *readStream(...args: Parameters<EventStore['readStream']>) {
    if (this.mood !== 'well' && this.readsToo) throw new StoreUnavailable('the ledger', 'out');
    yield* this.store.readStream(...args);
  }

  override readAll: EventStore['readAll'] = (after) => this.store.readAll(after);
  override subscribe: EventStore['subscribe'] = (...args) => this.store.subscribe(...args);
  override head: EventStore['head'] = () => this.store.head();
  override close: EventStore['close'] = () => this.store.close();
}

/** One gateway's ledger room, on a data directory that others may share or follow. */
class Room {
  private constructor(
    readonly ledger: Ledger,
    readonly store: MoodyStore,
    readonly spool: Spool,
    readonly usageSpool: UsageSpool,
    readonly usageRecorder: UsageRecorder,
  ) {}

  static async open(
    dir: string,
    clock: SettableClock,
    spool: Spool = new FileSpool(join(dir, 'spool'), { masterKey: MASTER_KEY }),
  ) {
    let moody: MoodyStore | undefined;
    const ledger = await openLedger({ dir, clock, wrap: (store) => (moody = new MoodyStore(store)) });
    const usageSpool = new UsageSpool(spool, ledger.statements, ledger.store, clock);
    const room = new Room(ledger, moody!, spool, usageSpool, new UsageRecorder(ledger.statements, usageSpool, clock));
    await usageSpool.begin();
    rooms.push(room);
    return room;
  }

  /** Ends with a store that is out, so that what waits is left as a dead process leaves it. */
  async die(): Promise<void> {
    rooms.splice(rooms.indexOf(this), 1);
    this.store.mood = 'out';
    this.store.readsToo = true;
    await this.usageSpool.onApplicationShutdown();
    await this.spool.close();
    await this.ledger.close();
  }

  record(request: string, customer = 'cust_a', more: { costNanoUsd?: string; hold?: PlacedHold } = {}) {
    return this.usageRecorder.record(ACCOUNT, customer, measured({ request, customer, ...more }));
  }

  async usage(): Promise<string[]> {
    return (await this.ledger.entries()).flatMap(({ event }) =>
      event.type === 'UsageRecorded' ? [event.requestId!] : [],
    );
  }
}

let rooms: Room[];
let dir: string;
let clock: SettableClock;

beforeEach(async () => {
  Logger.overrideLogger(false);
  rooms = [];
  dir = await mkdtemp(join(tmpdir(), 'ringside-usage-'));
  clock = new SettableClock();
});

afterEach(async () => {
  while (rooms.length > 0) await rooms[0]!.die();
});
afterAll(() => Logger.overrideLogger(true));

const open = (spool?: Spool) => Room.open(dir, clock, spool);

/** Every stream is gap-free and chained, and every statement foldable: no hold ends twice, none is missing. */
function expectSound(entries: Awaited<ReturnType<Ledger['entries']>>): Map<string, StatementState> {
  const states = new Map<string, StatementState>();
  const heads = new Map<string, { revision: number; chain: string }>();
  for (const { stored, event } of entries) {
    const head = heads.get(stored.stream) ?? { revision: -1, chain: '' };
    expect([stored.stream, stored.revision]).toEqual([stored.stream, head.revision + 1]);
    expect(stored.metadata['chain']).toBe(chainOf(head.chain, stored));
    heads.set(stored.stream, { revision: stored.revision, chain: stored.metadata['chain']! });
    if (stored.stream.startsWith('statement-'))
      states.set(stored.stream, evolveStatement(states.get(stored.stream), event as StatementEvent));
  }
  return states;
}

describe('usage that cannot be booked', () => {
  it('R18 append conflicts and store time-outs are retried, never dropped: it waits in the spool, in order, and is booked once the store is back', async () => {
    const room = await open();
    expect((await room.record('req_0'))!.requestId).toBe('req_0');
    room.store.mood = 'out';
    expect(await room.record('req_1')).toBeUndefined();
    expect(
      await Promise.all(['req_2', 'req_3', 'req_4'].map((request, n) => room.record(request, `cust_${n % 2}`))),
    ).toEqual(Array.from({ length: 3 }, () => undefined));
    expect([room.usageSpool.count, await room.usage()]).toEqual([4, ['req_0']]);
    room.store.mood = 'well';
    // What comes now waits behind the others.
    expect(await room.record('req_5')).toBeUndefined();
    await room.usageRecorder.ready();
    expect([room.usageSpool.count, await room.usage()]).toEqual([0, Array.from({ length: 6 }, (_, n) => `req_${n}`)]);
    expect((await room.record('req_6'))!.requestId).toBe('req_6');
    expectSound(await room.ledger.entries());
  }, 30_000);

  it('R18 append conflicts and store time-outs are retried, never dropped: the store comes back and nobody asks', async () => {
    const room = await open();
    room.store.mood = 'out';
    await room.record('req_1');
    room.store.mood = 'well';
    const enough = new AbortController();
    for await (const batch of room.ledger.store.subscribe(0, enough.signal))
      if (batch.some(({ type }) => type === 'UsageRecorded')) break;
    enough.abort();
    expect(await room.usage()).toEqual(['req_1']);
  }, 30_000);

  it.each(['cust_a', 'cust_b'])(
    'R18 append conflicts and store time-outs are retried, never dropped: an append that was written though its answer never came is not booked again, %s',
    async (other) => {
      const room = await open();
      await room.record('req_0');
      room.store.mood = 'forgetful';
      expect(await room.record('req_1')).toBeUndefined();
      expect(await room.record('req_2', other)).toBeUndefined();
      room.store.mood = 'well';
      await room.usageRecorder.ready();
      expect(await room.usage()).toEqual(['req_0', 'req_1', 'req_2']);
      expectSound(await room.ledger.entries());
    },
    30_000,
  );

  it('R18 append conflicts and store time-outs are retried, never dropped: an append that was given up lands while the spool is drained', async () => {
    const room = await open();
    await room.record('req_0');
    const { store } = room;
    const [append, readStream] = [store.append.bind(store), store.readStream.bind(store)];
    let givenUp: Parameters<EventStore['append']> | undefined;
    store.append = async (...args) => {
      givenUp ??= args;
      throw new StoreUnavailable('the ledger', 'no answer in time');
    };
    await room.record('req_1');
    store.append = append;
    // It lands when the drain has just looked and found nothing, so that what the drain decides on already has it.
    store.readStream = async function* (...args) {
      yield* readStream(...args);
      store.readStream = readStream;
      await append(...givenUp!);
    };
    await room.usageRecorder.ready();
    expect(await room.usage()).toEqual(['req_0', 'req_1']);
    expectSound(await room.ledger.entries());
  }, 30_000);

  it('R18 append conflicts and store time-outs are retried, never dropped: an attempt that was given up is not decided again, though its statement has left memory since', async () => {
    const [room, other] = [await open(), await open()];
    await room.record('req_0');
    const answering = Promise.withResolvers<void>();
    room.store.before = () => {
      room.store.before = () => undefined;
      return answering.promise;
    };
    const forgotten = room.ledger.anotherRegistry();
    const slow = new UsageRecorder(forgotten, room.usageSpool, clock);
    expect(await slow.record(ACCOUNT, 'cust_a', measured({ request: 'req_1', customer: 'cust_a' }))).toBeUndefined();
    await other.record('req_2');
    await room.usageRecorder.ready();
    answering.resolve();
    await forgotten.decide(lookingOn('cust_a'));
    expect(await room.usage()).toEqual(['req_0', 'req_2', 'req_1']);
    expectSound(await room.ledger.entries());
  }, 30_000);

  it.each([false, true])(
    'R18 append conflicts and store time-outs are retried, never dropped: a store that does not answer keeps nobody waiting, and books once in the end, overtaken %s',
    async (overtaken) => {
      const [room, other] = [await open(), await open()];
      await room.record('req_0');
      const answering = Promise.withResolvers<void>();
      room.store.before = () => answering.promise;
      expect(await room.record('req_1')).toBeUndefined();
      expect(await room.record('req_2')).toBeUndefined();
      // Whether the first attempt lands or finds that another gateway was faster, it is not decided again.
      if (overtaken) await other.record('req_3');
      expect(await room.usage()).toEqual(overtaken ? ['req_0', 'req_3'] : ['req_0']);
      const drained = room.usageSpool.drain();
      answering.resolve();
      await drained;
      expect(await room.usage()).toEqual(
        overtaken ? ['req_0', 'req_3', 'req_1', 'req_2'] : ['req_0', 'req_1', 'req_2'],
      );
      expectSound(await room.ledger.entries());
    },
    30_000,
  );

  it('R18 append conflicts and store time-outs are retried, never dropped: months pass until the store is back', async () => {
    const room = await open();
    const customer = await room.ledger.customers.ensure(ACCOUNT, 'someone', 'system', 'req_0');
    room.store.mood = 'forgetful';
    await room.record('req_1', customer);
    room.store.mood = 'out';
    await room.record('req_2', customer);
    clock.set('2027-02-03T00:00:00Z');
    const other = await open();
    await other.record('req_3', customer);
    room.store.mood = 'well';
    await room.usageRecorder.ready();
    expect(await room.usage()).toEqual(['req_1', 'req_3', 'req_2']);
    expect([...expectSound(await room.ledger.entries()).keys()]).toEqual([
      `statement-${customer}-202611`,
      `statement-${customer}-202702`,
    ]);
  }, 30_000);

  it('R18 append conflicts and store time-outs are retried, never dropped: another gateway books for the same customer while the spool is drained', async () => {
    const [room, other] = [await open(), await open()];
    room.store.mood = 'out';
    await Promise.all(Array.from({ length: 20 }, (_, n) => room.record(`req_${n}`)));
    room.store.mood = 'well';
    const [, ...others] = await Promise.all([
      room.usageSpool.drain(),
      ...Array.from({ length: 40 }, (_, n) => other.record(`other_${n}`)),
    ]);
    expect(others.every((event) => event !== undefined)).toBe(true);
    expect((await room.usage()).filter((request) => request.startsWith('req_'))).toEqual(
      Array.from({ length: 20 }, (_, n) => `req_${n}`),
    );
    expect(await room.usage()).toHaveLength(60);
    expectSound(await room.ledger.entries());
  }, 30_000);

  it('answers ledger_unavailable as long as something waits, and says nothing while nothing does', async () => {
    const room = await open();
    expect(room.usageRecorder.ready()).toBeUndefined();
    room.store.mood = 'out';
    await room.record('req_1');
    for (const readsToo of [false, true]) {
      room.store.readsToo = readsToo;
      await expect(room.usageRecorder.ready()).rejects.toMatchObject({
        code: 'ledger_unavailable',
        status: 503,
        retryAfterMs: 1000,
      });
    }
    room.store.mood = 'well';
    await room.usageSpool.drain();
    expect(room.usageRecorder.ready()).toBeUndefined();
  }, 30_000);

  it('tells the caller when the disk does not take it either', async () => {
    const full: Partial<Spool> = {
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      size: 0,
      first: () => undefined,
      put: () => Promise.reject(new Error('ENOSPC')),
    };
    const room = await open(full as Spool);
    room.store.mood = 'out';
    await expect(room.record('req_1')).rejects.toMatchObject({
      code: 'ledger_unavailable',
      message: expect.stringContaining('the call was made'),
    });
  }, 30_000);

  it('is booked by the next process when this one dies, before it takes calls', async () => {
    const room = await open();
    room.store.mood = 'forgetful';
    await room.record('req_1');
    room.store.mood = 'out';
    await room.record('req_2');
    await room.die();
    const next = await open();
    expect([next.usageSpool.count, await next.usage()]).toEqual([0, ['req_1', 'req_2']]);
    expectSound(await next.ledger.entries());
  }, 30_000);
});

/** Opens a budget and places holds for calls; gives what the calls' records need. */
async function held(room: Room, customer: string, requests: readonly string[]): Promise<Map<string, PlacedHold>> {
  const holds = new Map<string, PlacedHold>();
  const { statements } = room.ledger;
  const cause = (id: string) => ({ account: ACCOUNT, customer, actor: 'system' as const, id });
  if ((statements.known(customer)?.capNanoUsd ?? null) === null)
    await statements.decide({ type: 'SetBudget', cause: cause(`budget of ${customer}`), capNanoUsd: '1000000' });
  for (const request of requests) {
    const outcome = await statements.decide({
      type: 'PlaceHold',
      cause: { ...cause(request), requestId: request },
      hold: `hold_${request}`,
      refUsed: 'fc:openai/gpt-4o-mini',
      size: { inputTokens: 0, choices: 1, askedOutputTokens: 0, maxOutputTokens: undefined, isCrowded: false },
      price: { input: '0', output: '0', request: '20' },
      billableNanoUsd: null,
      longestCallMs: 1e12,
      mayBeCounted: false,
    });
    if (outcome.kind !== 'held') throw new Error(outcome.kind);
    holds.set(request, outcome.hold);
  }
  return holds;
}

/** A command that writes nothing: nothing has been searched for this usage. */
function lookingOn(customer: string): RecordUsage {
  return { ...recordUsage({ customer, request: 'req_none' }), searched: {} };
}

it('R18 append conflicts and store time-outs are retried, never dropped: whatever outages, lost answers, deaths and turns of the month come, each call is booked once, in order, and its hold ends once', async () => {
  const mood = fc.constantFrom<Mood>('well', 'out', 'forgetful');
  const step = fc.record({
    customer: fc.nat(2),
    mood,
    calls: fc.integer({ min: 1, max: 3 }),
    event: fc.constantFrom('none', 'none', 'die', 'turn', 'ready'),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      run++;
      clock.set('2026-11-15T00:00:00Z');
      let room = await open();
      const customers = await Promise.all(
        [0, 1, 2].map((no) => room.ledger.customers.ensure(ACCOUNT, `${no} of ${run}`, 'system', 'req_0')),
      );
      const requests = steps.map(({ calls }, no) =>
        Array.from({ length: calls }, (_, call) => `req_${run}_${no}_${call}`),
      );
      const holds = new Map<string, PlacedHold>();
      for (const [no, { customer }] of steps.entries())
        for (const entry of await held(room, customers[customer]!, requests[no]!.slice(1))) holds.set(...entry);
      for (const [no, { customer, mood: now, event }] of steps.entries()) {
        if (event === 'turn') clock.advance(31 * 86_400_000);
        if (event === 'die') {
          await room.die();
          room = await open();
        }
        if (event === 'ready') await room.usageRecorder.ready()?.catch(() => undefined);
        room.store.mood = now;
        for (const request of requests[no]!)
          await room.record(request, customers[customer]!, { hold: holds.get(request)! });
      }
      await room.die();
      room = await open();
      expect(room.usageSpool.count).toBe(0);
      const entries = await room.ledger.entries();
      const usage = entries
        .map(({ event }) => event)
        .filter((event): event is UsageRecorded => event.type === 'UsageRecorded');
      const booked = usage.map(({ requestId }) => requestId!).filter((request) => request.startsWith(`req_${run}_`));
      expect(booked).toEqual(requests.flat());
      const states = [...expectSound(entries).values()].filter(({ nextMonth }) => nextMonth === null);
      expect(states.flatMap((state) => Object.keys(holdsById(state.holds)))).toEqual([]);
      expect(usage.filter(({ data: { hold, flags } }) => hold !== null && flags.length > 0)).toEqual([]);
      await room.die();
    }),
    { numRuns: 6 },
  );
}, 120_000);

it('a registry that another gateway overtakes between look and append decides again', async () => {
  const room = await open();
  const statements = room.ledger.anotherRegistry();
  const decisionsOn = watchDecisions();
  const commands = [lookingOn('cust_a'), lookingOn('cust_a')];
  await room.record('req_0');
  expect(await statements.decide(commands[0]!)).toEqual({ kind: 'unsearched', month: '202611' });
  await room.record('req_1');
  await statements.decide(commands[1]!);
  const heads = commands.flatMap((command) => decisionsOn(command).map(({ context }) => context.lastRevision));
  // The second decision was first taken on what was known, and again on what is true.
  expect(heads).toEqual([1, 1, 2]);
});
