import { NO_USAGE } from '../../../src/domain/events/usage-totals.js';
import type { NanoUsd } from '../../../src/domain/money.js';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { EMPTY_STREAM } from '../../../src/ledger/journal/codec.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { recordUsage } from '../../support/measured.js';

const ACCOUNT = 'acct_1';

let ledger: Ledger;
afterEach(() => ledger.close());

const ensure = (externalId: string) => ledger.customers.ensure(ACCOUNT, externalId, 'system', 'req_1');
const created = async () => (await ledger.entries()).filter(({ event }) => event.type === 'CustomerCreated');

describe('customers', () => {
  it('a thousand simultaneous first calls of one new user make one customer', async () => {
    ledger = await openLedger();
    const customers = await Promise.all(Array.from({ length: 1000 }, () => ensure('cus_42')));
    expect(new Set(customers).size).toBe(1);
    expect(await created()).toHaveLength(1);
  });

  it('the same user is the same customer after a restart, and in another process', async () => {
    ledger = await openLedger();
    const [mine, theirs] = await openTwice(ledger.dir);
    const made = await Promise.all(
      [...Array.from({ length: 50 }, () => mine.customers), ...Array.from({ length: 50 }, () => theirs.customers)].map(
        (customers) => customers.ensure(ACCOUNT, 'cus_42', 'system', 'req_1'),
      ),
    );
    expect(new Set(made).size).toBe(1);
    expect(await ensure('cus_42')).toBe(made[0]);
    expect(await created()).toHaveLength(1);
    await Promise.all([mine.close(), theirs.close()]);
  });

  it('external ids of two accounts never meet', async () => {
    ledger = await openLedger();
    expect(await ensure('cus_42')).not.toBe(await ledger.customers.ensure('acct_2', 'cus_42', 'system', 'req_1'));
  });

  it('keeps external id, name and metadata out of the stored bytes', async () => {
    ledger = await openLedger();
    await ledger.customers.create({
      account: ACCOUNT,
      externalId: 'canary-id',
      name: 'canary-name',
      metadata: { 'canary-key': 'canary-value' },
      actor: 'system',
    });
    const [entry] = await created();
    expect(entry!.event.personal).toEqual({
      externalId: 'canary-id',
      name: 'canary-name',
      metadata: { 'canary-key': 'canary-value' },
    });
    expect(JSON.stringify(entry!.stored)).not.toContain('canary');
  });

  it('is written by the next caller when its maker died after the index entry', async () => {
    let dying = true;
    ledger = await openLedger({ wrap: (store) => dyingBeforeAppend(store, () => dying) });
    await expect(ensure('cus_42')).rejects.toMatchObject({ code: 'ledger_unavailable' });
    dying = false;
    const customer = await ensure('cus_42');
    expect((await created()).map(({ event }) => event.customer)).toEqual([customer]);
  }, 30_000);

  it('makes the pseudo-customer for unattributed calls once', async () => {
    ledger = await openLedger();
    await Promise.all(Array.from({ length: 20 }, () => ledger.customers.ensureUnattributed(ACCOUNT, 'cust_none')));
    expect((await created()).map(({ event }) => [event.customer, event.data, event.personal])).toEqual([
      ['cust_none', { unattributed: true, capNanoUsd: null, rateLimitRpm: null, rateLimitTpm: null }, undefined],
    ]);
  });

  it('keeps the pseudo-customer apart from what is remembered of a customer named by its id', async () => {
    ledger = await openLedger();
    await ledger.customers.ensureUnattributed(ACCOUNT, 'cust_none');
    expect(await ledger.customers.belongsTo(ACCOUNT, 'cust_none')).toBe(true);
    expect(await ledger.customers.ensureUnattributed(ACCOUNT, 'cust_none')).toBe('cust_none');
  });

  it('knows whose customer it is', async () => {
    ledger = await openLedger();
    const customer = await ensure('cus_42');
    expect(await ledger.customers.belongsTo(ACCOUNT, customer)).toBe(true);
    expect(await ledger.customers.belongsTo('acct_2', customer)).toBe(false);
    expect(await ledger.customers.belongsTo(ACCOUNT, 'cust_unknown')).toBe(false);
  });

  it('never writes personal fields without the customer’s key', async () => {
    ledger = await openLedger();
    const [customer] = [await ensure('cus_42')];
    const [{ event }] = (await created()) as [Awaited<ReturnType<typeof created>>[number]];
    await expect(
      ledger.book.append('customer-nobody', EMPTY_STREAM, [{ ...event, customer: 'nobody' } as never]),
    ).rejects.toThrow('no key');
    expect(customer).toMatch(/^cust_/);
  });
});

describe('the first statement of a new customer', () => {
  const create = (capNanoUsd: bigint | null) =>
    ledger.customers.create({
      account: ACCOUNT,
      externalId: 'cus_42',
      capNanoUsd: capNanoUsd as NanoUsd | null,
      actor: 'system',
      requestId: 'req_1',
    });

  it.each([null, 1000n])('is known without reading anything, with a budget of %s', async (cap) => {
    let reads = 0;
    ledger = await openLedger({ wrap: (store) => watched(store, { read: () => reads++ }) });
    const { customer } = await create(cap);
    expect(ledger.statements.known(customer)).toMatchObject({ capNanoUsd: cap?.toString() ?? null, totals: NO_USAGE });
    await ledger.statements.decide(recordUsage({ customer }));
    expect(reads).toBe(0);
    expect((await ledger.entries()).map(({ event }) => event.type)).toEqual(
      expect.arrayContaining(['CustomerCreated', 'StatementOpened', 'UsageRecorded']),
    );
  });

  it('is read where another gateway has changed it before the maker hears that the customer is made', async () => {
    let isFirst = true;
    ledger = await openLedger({
      wrap: (store) =>
        watched(store, {
          appended: async (stream) => {
            if (!isFirst || !stream.startsWith('customer-')) return;
            isFirst = false;
            const customer = stream.slice('customer-'.length);
            const cause = { account: ACCOUNT, customer, actor: 'system' as const, id: 'req_2' };
            await ledger.anotherRegistry().decide({ type: 'SetBudget', cause, capNanoUsd: '1' });
            await ledger.news.reached(await store.head(), 5000);
            throw new StoreUnavailable('the ledger', 'the answer was lost');
          },
        }),
    });
    await ledger.news.onModuleInit();
    const { customer, created: isMade } = await create(null);
    expect(isMade).toBe(true);
    expect(ledger.statements.known(customer)).toBeUndefined();
    await ledger.statements.decide(recordUsage({ customer }));
    expect(ledger.statements.known(customer)).toMatchObject({ capNanoUsd: '1' });
  });

  it('is found by its maker where another gateway has opened it', async () => {
    ledger = await openLedger();
    const { customer } = await create(null);
    await ledger.anotherRegistry().decide(recordUsage({ customer, request: 'req_2' }));
    await ledger.statements.decide(recordUsage({ customer, request: 'req_3' }));
    expect(ledger.statements.known(customer)).toMatchObject({ totals: { requests: 2 } });
  });
});

/** A store that tells of reads and, before they are answered, of appends. */
function watched(
  store: EventStore,
  { read, appended }: { readonly read?: () => void; readonly appended?: (stream: string) => Promise<void> },
): EventStore {
  return Object.assign(
    dyingBeforeAppend(store, () => false),
    {
      append: async (...[stream, ...rest]: Parameters<EventStore['append']>) => {
        const answer = await store.append(stream, ...rest);
        await appended?.(stream);
        return answer;
      },
      readStream: (...args: Parameters<EventStore['readStream']>) => {
        read?.();
        return store.readStream(...args);
      },
    },
  );
}

const openTwice = (dir: string) => Promise.all([openLedger({ dir }), openLedger({ dir })]);

function dyingBeforeAppend(store: EventStore, isDying: () => boolean): EventStore {
  return {
    append: (...args) =>
      isDying() ? Promise.reject(new StoreUnavailable('the ledger', 'dead')) : store.append(...args),
    readStream: (...args) => store.readStream(...args),
    readAll: (...args) => store.readAll(...args),
    subscribe: (...args) => store.subscribe(...args),
    head: () => store.head(),
    check: () => store.check(),
    inspect: () => store.inspect(),
    close: () => store.close(),
  };
}
