import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { customerDecider, type CustomerChanges, type CustomerState } from '../../../src/domain/customer/customer.js';
import type { RateLimitExceeded } from '../../../src/domain/events/index.js';
import { SetAccountLimits, SetAccountLimitsHandler } from '../../../src/ledger/commands/set-account-limits.js';
import { UpdateCustomer, UpdateCustomerHandler } from '../../../src/ledger/commands/update-customer.js';
import type { EventStore } from '../../../src/ledger/journal/event-store.js';
import { RateLimitEventWriter } from '../../../src/ledger/customers/rate-limit-event-writer.js';
import { RateLimitCache } from '../../../src/ledger/customers/rate-limit-cache.js';
import { readStream, type StreamSnapshot } from '../../../src/ledger/streams/folded-stream.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';

const ACCOUNT = 'acct_1';

/** One process' ledger with what it knows of limits. */
class Process {
  readonly limits: RateLimitCache;
  readonly eventWriter: RateLimitEventWriter;
  private requests = 0;

  private constructor(readonly ledger: Ledger) {
    this.limits = new RateLimitCache(ledger.streams);
    this.eventWriter = new RateLimitEventWriter(ledger.streams, ledger.clock);
  }

  static async start(options: Parameters<typeof openLedger>[0] = {}): Promise<Process> {
    const process = new Process(await openLedger(options));
    await process.ledger.news.onModuleInit();
    return process;
  }

  async customer(rateLimitRpm: number | null = null): Promise<string> {
    const wanted = {
      account: ACCOUNT,
      externalId: `external-${++this.requests}`,
      rateLimitRpm,
      actor: 'system' as const,
    };
    return (await this.ledger.customers.create(wanted)).customer;
  }

  update(customer: string, changes: CustomerChanges): Promise<void> {
    const update = new UpdateCustomerHandler(this.ledger.streams);
    return update.execute(
      new UpdateCustomer(ACCOUNT, customer, changes, 'system', `update-${++this.requests}-${this.ledger.dir}`),
    );
  }

  note(customer: string, perMinute = 60): void {
    const rule = { name: 'customer_rpm', subject: customer, perMinute } as const;
    this.eventWriter.note({ account: ACCOUNT, customer, requestId: `req_${++this.requests}`, rule });
  }

  async facts(): Promise<RateLimitExceeded[]> {
    await this.eventWriter.written();
    return (await this.ledger.entries()).flatMap(({ event }) => (event.type === 'RateLimitExceeded' ? [event] : []));
  }

  async stop(): Promise<void> {
    await this.eventWriter.beforeApplicationShutdown();
    await this.ledger.close();
  }
}

let mine: Process;
let theirs: Process;
beforeEach(async () => {
  // What is said about a book that is out is expected here.
  Logger.overrideLogger(false);
  mine = await Process.start();
  theirs = await Process.start({ dir: mine.ledger.dir, clock: mine.ledger.clock });
});
afterEach(async () => {
  await mine.stop();
  await theirs.stop();
});

/** Asks until the answer is the expected one. */
async function expectSoon<Answer>(ask: () => Answer | Promise<Answer>, expected: Answer): Promise<void> {
  while (JSON.stringify(await ask()) !== JSON.stringify(expected)) await wait(5);
}

describe('limits in force', () => {
  it('are read once, then known at once', async () => {
    const customer = await mine.customer(60);
    expect(await mine.limits.ofCustomer(customer)).toEqual({ rateLimitRpm: 60, rateLimitTpm: null });
    expect(mine.limits.ofCustomer(customer)).toEqual({ rateLimitRpm: 60, rateLimitTpm: null });
    expect(await mine.limits.ofAccount(ACCOUNT)).toEqual({ rateLimitRpm: null, rateLimitTpm: null });
  });

  it('change at once where they are changed, and soon in other processes', async () => {
    const customer = await mine.customer(60);
    await Promise.all([mine, theirs].map(({ limits }) => limits.ofCustomer(customer)));
    for (const rateLimitRpm of [1, null, 7]) {
      await theirs.update(customer, { rateLimitRpm });
      expect(await theirs.limits.ofCustomer(customer)).toEqual({ rateLimitRpm, rateLimitTpm: null });
      await expectSoon(() => mine.limits.ofCustomer(customer), { rateLimitRpm, rateLimitTpm: null });
    }
  });

  it('of an account change one by one, and not at all when nothing changes', async () => {
    const { book: journal, clock, store } = mine.ledger;
    await expect(set({ rateLimitRpm: 1 })).rejects.toMatchObject({ code: 'not_found' });
    const opened = {
      id: '6f1d2c3b-4a59-5e68-9778-000000000001',
      account: ACCOUNT,
      actor: 'system',
      occurredAt: clock.nowMs(),
    } as const;
    const account = `account-${ACCOUNT}` as const;
    await journal.append(account, { revision: 'no_stream', chain: '' }, [
      { ...opened, type: 'AccountOpened', data: { unattributedCustomer: 'cust_1' } },
    ]);
    await set({ rateLimitRpm: 100 });
    await set({ rateLimitTpm: 5 });
    const head = await store.head();
    await set({ rateLimitRpm: 100 });
    await set({});
    expect(await store.head()).toBe(head);
    expect(await mine.limits.ofAccount(ACCOUNT)).toEqual({ rateLimitRpm: 100, rateLimitTpm: 5 });
    await expectSoon(() => theirs.limits.ofAccount(ACCOUNT), { rateLimitRpm: 100, rateLimitTpm: 5 });
    await set({ rateLimitRpm: null });
    await expectSoon(() => theirs.limits.ofAccount(ACCOUNT), { rateLimitRpm: null, rateLimitTpm: 5 });

    function set(limits: SetAccountLimits['limits']): Promise<void> {
      const handler = new SetAccountLimitsHandler(mine.ledger.streams);
      return handler.execute(new SetAccountLimits(ACCOUNT, limits, `set-${JSON.stringify(limits)}`));
    }
  });
});

describe('refusals by rate limits', () => {
  it('R37 a crossing notifies once per customer and period: refusals of a minute are one fact, over two processes and after a restart', async () => {
    const [ada, bob] = [await mine.customer(), await mine.customer()];
    for (let i = 0; i < 32; i++) for (const process of [mine, theirs]) process.note(ada, 60);
    theirs.note(bob, 5);
    await theirs.eventWriter.written();
    const facts = await mine.facts();
    expect(facts.map(({ customer, data }) => [customer, data]).toSorted()).toEqual(
      [
        [ada, { limit: 'customer_rpm', perMinute: 60 }],
        [bob, { limit: 'customer_rpm', perMinute: 5 }],
      ].toSorted(),
    );
    await mine.stop();
    mine = await Process.start({ dir: theirs.ledger.dir, clock: theirs.ledger.clock });
    mine.note(ada);
    expect(await mine.facts()).toHaveLength(2);
    theirs.ledger.clock.advance(60_000);
    mine.note(ada);
    theirs.note(ada);
    await theirs.eventWriter.written();
    expect(await mine.facts()).toHaveLength(3);
  });

  it('are one fact a minute also when the customer is changed in between, and when the clock is set back', async () => {
    const ada = await mine.customer();
    mine.note(ada);
    await mine.eventWriter.written();
    await mine.update(ada, { name: 'Ada' });
    theirs.note(ada);
    mine.ledger.clock.advance(-600_000);
    theirs.note(ada);
    await theirs.eventWriter.written();
    expect(await mine.facts()).toHaveLength(1);
  });

  it('are given up quietly while the book cannot be written', async () => {
    const ada = await mine.customer();
    await theirs.ledger.close();
    theirs.note(ada);
    await theirs.eventWriter.written();
    expect(await mine.facts()).toHaveLength(0);
  });

  it('do not make the customer slow to read: a snapshot is gone on from, unless the book does not bear it out', async () => {
    const ada = await mine.customer(9);
    for (let minute = 0; minute < 20; minute++) {
      mine.note(ada);
      await mine.eventWriter.written();
      mine.ledger.clock.advance(60_000);
    }
    const { book: journal, store } = mine.ledger;
    const reads = readsOf(store);
    const read = (snapshot?: StreamSnapshot<CustomerState | undefined>) =>
      readStream(journal, `customer-${ada}`, customerDecider, snapshot);
    const whole = await read();
    expect(whole.head.revision).toBe(20);
    expect(await read(whole)).toEqual(whole);
    mine.note(ada);
    await mine.eventWriter.written();
    const later = await read(whole);
    expect([later.head.revision, later.state!.lastLimitedMinute]).toEqual([21, whole.state!.lastLimitedMinute! + 1]);
    // The third is the writer's, which reads on behind what it has in memory.
    expect(reads).toEqual([0, 20, 20, 20]);
    const crooked = { ...whole, head: { ...whole.head, chain: 'another' } };
    expect(await read(crooked)).toEqual(later);
  });
});

/** From which revision streams are read from now on. */
function readsOf(store: EventStore): number[] {
  const reads: number[] = [];
  const read = store.readStream.bind(store);
  store.readStream = (stream, from = 0) => {
    reads.push(from);
    return read(stream, from);
  };
  return reads;
}
