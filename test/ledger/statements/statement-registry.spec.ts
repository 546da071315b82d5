import fc from 'fast-check';
import type { CreditWallet } from '../../../src/domain/statement/change-money.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../../../src/domain/statement/statement.js';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { chainOf } from '../../../src/ledger/journal/codec.js';
import { EventStore, type Appended, type NewEvent } from '../../../src/ledger/journal/event-store.js';
import { eventId } from '../../../src/ledger/journal/event-id.js';
import type { StatementRegistry } from '../../../src/ledger/statements/statement-registry.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { recordUsage } from '../../support/measured.js';
import { SettableClock } from '../../support/settable-clock.js';

const ACCOUNT = 'acct_1';

let ledger: Ledger;
afterEach(() => ledger.close());

/** Books a call under a customer; the request's number makes its event's id. */
function book(statements: StatementRegistry, customer: string, request: number, cost = '1') {
  return statements.decide(recordUsage({ customer, request: `req_${request}`, costNanoUsd: cost }));
}

/** A command that is refused, since there is no wallet. */
function refund(customer: string): CreditWallet {
  const cause = { account: ACCOUNT, customer, actor: 'system' as const, id: 'req_refund' };
  const refunded = { requestId: 'req_1', debitedNanoUsd: '7' };
  return {
    type: 'CreditWallet',
    cause,
    transaction: 'txn_1',
    kind: 'refund',
    amountNanoUsd: null,
    note: null,
    refund: refunded,
  };
}

async function stream(name: string) {
  return (await ledger.entries()).filter(({ stored }) => stored.stream === name);
}

async function usageIds() {
  return (await ledger.entries()).filter(({ event }) => event.type === 'UsageRecorded').map(({ event }) => event.id);
}

/**
 * Every stream's revisions are gap-free, its chain unbroken, and its statement foldable with the totals it closes with.
 */
async function expectSound() {
  const heads = new Map<string, { revision: number; chain: string; state: StatementState | undefined }>();
  for (const { stored, event } of await ledger.entries()) {
    const head = heads.get(stored.stream) ?? { revision: -1, chain: '', state: undefined };
    expect([stored.stream, stored.revision]).toEqual([stored.stream, head.revision + 1]);
    expect(stored.metadata['chain']).toBe(chainOf(head.chain, stored));
    if (event.type === 'StatementClosed') expect(event.data.totals).toEqual(head.state!.totals);
    const state = stored.stream.startsWith('statement-')
      ? evolveStatement(head.state, event as StatementEvent)
      : undefined;
    heads.set(stored.stream, { revision: stored.revision, chain: stored.metadata['chain']!, state });
  }
}

describe('the statement registry', () => {
  it('opens a statement with its first event, in one append', async () => {
    ledger = await openLedger();
    await book(ledger.statements, 'cust_a', 1);
    expect((await stream('statement-cust_a-202611')).map(({ event }) => event.type)).toEqual([
      'StatementOpened',
      'UsageRecorded',
    ]);
    await expectSound();
  });

  it('sends decisions that wait at the same statement out in one append', async () => {
    let appends = 0;
    ledger = await openLedger({ wrap: (store) => watching(store, () => appends++) });
    await Promise.all(Array.from({ length: 300 }, (_, i) => book(ledger.statements, 'cust_a', i)));
    expect(await usageIds()).toHaveLength(300);
    expect(appends).toBeLessThanOrEqual(3);
    await expectSound();
  });

  it('R19 a burst over ten thousand customers keeps every one (registry): statements of many customers at once', async () => {
    ledger = await openLedger();
    await Promise.all(Array.from({ length: 2000 }, (_, i) => book(ledger.statements, `cust_${i}`, i)));
    expect(new Set(await usageIds()).size).toBe(2000);
  });

  it('rejects one decision without harming the others', async () => {
    ledger = await openLedger();
    const refused = ledger.statements.decide(refund('cust_a'));
    await Promise.all([
      book(ledger.statements, 'cust_a', 1),
      expect(refused).rejects.toThrow('the customer has no wallet'),
      book(ledger.statements, 'cust_a', 2),
    ]);
    expect(await usageIds()).toHaveLength(2);
  });

  it('decides again on newer state when another writer was there first', async () => {
    ledger = await openLedger();
    const other = ledger.anotherRegistry();
    await Promise.all(Array.from({ length: 200 }, (_, i) => book(i % 2 ? other : ledger.statements, 'cust_a', i)));
    expect((await usageIds()).toSorted()).toEqual(
      Array.from({ length: 200 }, (_, i) => eventId(`req_${i}`, 'usage-1')).toSorted(),
    );
    await expectSound();
  });

  it('R17 SIGKILL at every step leaves an explainable ledger (registry): an append whose answer was lost is stored once', async () => {
    let lost = 0;
    ledger = await openLedger({ wrap: (store) => forgetful(store, () => ++lost % 3 === 1) });
    for (let i = 0; i < 12; i++) await book(ledger.statements, 'cust_a', i);
    expect(await usageIds()).toEqual(Array.from({ length: 12 }, (_, i) => eventId(`req_${i}`, 'usage-1')));
    await expectSound();
  }, 30_000);

  it('answers ledger_unavailable while the store stays out, and goes on once it is back', async () => {
    let out = true;
    ledger = await openLedger({ wrap: (store) => failing(store, () => out) });
    await expect(book(ledger.statements, 'cust_a', 1)).rejects.toMatchObject({
      code: 'ledger_unavailable',
      status: 503,
    });
    out = false;
    await book(ledger.statements, 'cust_a', 2);
    expect(await usageIds()).toEqual([eventId('req_2', 'usage-1')]);
  }, 30_000);
});

describe('the turn of the month', () => {
  const types = async (name: string) => (await stream(name)).map(({ event }) => event.type);

  it('closes the old statement with its totals and opens the new one behind it, once for any number of calls', async () => {
    const clock = new SettableClock(Date.parse('2026-11-30T23:59:59.999Z'));
    ledger = await openLedger({ clock });
    await book(ledger.statements, 'cust_a', 1, '40');
    await book(ledger.statements, 'cust_a', 2, '2');
    clock.advance(1);
    await Promise.all(Array.from({ length: 64 }, (_, i) => book(ledger.statements, 'cust_a', 10 + i)));
    const old = await stream('statement-cust_a-202611');
    expect(old.at(-1)!.event).toMatchObject({
      type: 'StatementClosed',
      data: { totals: { requests: 2, costNanoUsd: '42' }, nextMonth: '202612' },
    });
    const [opened, ...usage] = await stream('statement-cust_a-202612');
    expect(opened!.event).toMatchObject({
      type: 'StatementOpened',
      data: { month: '202612', previousMonth: '202611' },
    });
    expect(usage).toHaveLength(64);
    await expectSound();
  });

  it('books a call in the statement of the month its time says', async () => {
    const clock = new SettableClock(Date.parse('2026-12-31T23:59:59.999Z'));
    ledger = await openLedger({ clock });
    await book(ledger.statements, 'cust_a', 1);
    clock.advance(1);
    await book(ledger.statements, 'cust_a', 2);
    for (const { event, stored } of await ledger.entries()) {
      if (event.type !== 'UsageRecorded') continue;
      expect(stored.stream.slice(-6)).toBe(new Date(event.occurredAt).toISOString().slice(0, 7).replace('-', ''));
    }
  });

  it('skips months without calls, also for a registry that remembers nothing', async () => {
    const clock = new SettableClock(Date.parse('2028-02-29T12:00:00Z'));
    ledger = await openLedger({ clock });
    const customer = await ledger.customers.ensure(ACCOUNT, 'someone', 'system', 'req_0');
    await book(ledger.statements, customer, 1);
    clock.set('2028-07-01T00:00:00Z');
    await book(ledger.anotherRegistry(), customer, 2);
    expect(await types(`statement-${customer}-202802`)).toEqual([
      'StatementOpened',
      'UsageRecorded',
      'StatementClosed',
    ]);
    expect((await stream(`statement-${customer}-202807`))[0]!.event).toMatchObject({
      data: { previousMonth: '202802' },
    });
    await expectSound();
  });

  it('reopens nothing when the clock is set back', async () => {
    const clock = new SettableClock(Date.parse('2026-12-01T00:00:00Z'));
    ledger = await openLedger({ clock });
    const customer = await ledger.customers.ensure(ACCOUNT, 'someone', 'system', 'req_0');
    clock.set('2027-01-05T00:00:00Z');
    await book(ledger.statements, customer, 1);
    clock.set('2027-02-01T00:00:00Z');
    await book(ledger.statements, customer, 2);
    clock.set('2027-01-06T00:00:00Z');
    await book(ledger.statements, customer, 3);
    await book(ledger.anotherRegistry(), customer, 4);
    expect(await types(`statement-${customer}-202702`)).toEqual([
      'StatementOpened',
      'UsageRecorded',
      'UsageRecorded',
      'UsageRecorded',
    ]);
    await expectSound();
  });

  it('is finished by the next caller when the first died between close and open', async () => {
    const clock = new SettableClock(Date.parse('2026-11-30T12:00:00Z'));
    let dying = false;
    ledger = await openLedger({ clock, wrap: (store) => failing(store, (name) => dying && name.endsWith('202612')) });
    const customer = await ledger.customers.ensure(ACCOUNT, 'someone', 'system', 'req_0');
    await book(ledger.statements, customer, 1);
    clock.set('2026-12-01T00:00:00Z');
    dying = true;
    await expect(book(ledger.statements, customer, 2)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    dying = false;
    await book(ledger.anotherRegistry(), customer, 3);
    expect(await types(`statement-${customer}-202611`)).toEqual([
      'StatementOpened',
      'UsageRecorded',
      'StatementClosed',
    ]);
    expect(await types(`statement-${customer}-202612`)).toEqual(['StatementOpened', 'UsageRecorded']);
    await expectSound();
  }, 30_000);

  it('keeps every call in a sound book, whatever the interleaving of two desks, customers and month turns', async () => {
    const steps = fc.array(
      fc.record({ statements: fc.nat(1), customer: fc.nat(2), turn: fc.integer({ min: 0, max: 9 }) }),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
    const clock = new SettableClock();
    ledger = await openLedger({ clock });
    let request = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        clock.set('2026-11-15T00:00:00Z');
        const desks = [0, 1].map(() => ledger.anotherRegistry());
        const names = ['a', 'b', 'c'].map((name) => `${name} of ${request}`);
        const customers = await Promise.all(
          names.map((name) => ledger.customers.ensure(ACCOUNT, name, 'system', 'req_0')),
        );
        const booked = run.map(async ({ statements, customer, turn }) => {
          if (turn === 0) clock.advance(31 * 86_400_000);
          const id = eventId(`req_${++request}`, 'usage-1');
          await book(desks[statements]!, customers[customer]!, request);
          return id;
        });
        const ids = await Promise.all(booked);
        expect((await usageIds()).filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted());
      }),
      { numRuns: 60 },
    );
    await expectSound();
  }, 60_000);
});

/** A store like the given one, with another way to append. */
function appendingBy(store: EventStore, append: EventStore['append']): EventStore {
  return {
    append,
    readStream: (...args) => store.readStream(...args),
    readAll: (...args) => store.readAll(...args),
    subscribe: (...args) => store.subscribe(...args),
    head: () => store.head(),
    check: () => store.check(),
    inspect: () => store.inspect(),
    close: () => store.close(),
  };
}

function watching(store: EventStore, seen: () => void): EventStore {
  return appendingBy(store, (...args) => {
    seen();
    return store.append(...args);
  });
}

/** Writes, but now and then the answer gets lost on the way. */
function forgetful(store: EventStore, loses: () => boolean): EventStore {
  return appendingBy(store, async (...args: [never, never, readonly NewEvent[]]): Promise<Appended> => {
    const appended = await store.append(...args);
    if (loses()) throw new StoreUnavailable('the ledger', 'the answer was lost');
    return appended;
  });
}

/** Does not write while it is out. */
function failing(store: EventStore, isOut: (stream: string) => boolean): EventStore {
  return appendingBy(store, (stream, ...rest) =>
    isOut(stream) ? Promise.reject(new StoreUnavailable('the ledger', 'out')) : store.append(stream, ...rest),
  );
}
