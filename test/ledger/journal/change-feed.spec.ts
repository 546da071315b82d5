import { Logger } from '@nestjs/common';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { EMPTY_STREAM } from '../../../src/ledger/journal/codec.js';
import type { EventStore, StoredEvent } from '../../../src/ledger/journal/event-store.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { usageRecorded } from '../../support/events.js';

/** How often the subscription breaks before it holds. */
let outages = 0;
let subscriptions: number;
let ledger: Ledger;
let requests: number;
beforeEach(async () => {
  // What is said about a book that is out is expected here.
  Logger.overrideLogger(false);
  [outages, subscriptions, requests] = [0, 0, 0];
  ledger = await openLedger({ wrap: breaking });
});
afterEach(() => ledger.close());

function breaking(store: EventStore): EventStore {
  const broken = Object.create(store) as EventStore;
  broken.subscribe = async function* (...from) {
    subscriptions++;
    for await (const events of store.subscribe(...from)) {
      if (outages-- > 0) throw new StoreUnavailable('the ledger', 'out');
      yield events;
    }
  };
  return broken;
}

/** Writes the first event of another customer's statement; its position. */
async function write(): Promise<number> {
  const customer = `cust_${++requests}`;
  const event = usageRecorded({ customer, requestId: `req_${requests}` });
  return (await ledger.book.append(`statement-${customer}-202611`, EMPTY_STREAM, [event])).position;
}

/** Writes what is asked for of a page of news, and waits until it has been told. */
async function told(count: number): Promise<number[]> {
  const positions: number[] = [];
  for (let i = 0; i < count; i++) positions.push(await write());
  expect(await ledger.news.reached(positions.at(-1)!, 20_000)).toBe(true);
  return positions;
}

it('tells everybody what comes after the start, in order and by type', async () => {
  await write();
  const [here, there, elsewhere]: [number[], number[], StoredEvent[]] = [[], [], []];
  ledger.news.onAppended(['UsageRecorded'], ({ position }) => here.push(position));
  ledger.news.onAppended(['BudgetSet', 'UsageRecorded'], ({ position }) => there.push(position));
  ledger.news.onAppended(['BudgetSet'], (stored) => elsewhere.push(stored));
  await ledger.news.onModuleInit();
  const positions = await told(5);
  expect([here, there, elsewhere]).toEqual([positions, positions, []]);
  expect(subscriptions).toBe(1);
});

it('goes on where it was when the book did not answer', async () => {
  const heard: number[] = [];
  ledger.news.onAppended(['UsageRecorded'], ({ position }) => heard.push(position));
  await ledger.news.onModuleInit();
  const before = await told(1);
  outages = 2;
  expect(heard).toEqual([...before, ...(await told(3))].slice(0, heard.length));
  expect(heard).toHaveLength(4);
  expect(subscriptions).toBe(3);
});

it('tells an event again when somebody threw at it, and nobody misses one', async () => {
  const heard: number[] = [];
  let throws = 1;
  ledger.news.onAppended(['UsageRecorded'], ({ position }) => heard.push(position));
  ledger.news.onAppended(['UsageRecorded'], () => {
    if (throws-- > 0) throw new Error('not now');
  });
  await ledger.news.onModuleInit();
  const positions = await told(3);
  expect(heard).toEqual([positions[0], ...positions]);
});

it('says when it took too long, and stops without a rest', async () => {
  await ledger.news.onModuleInit();
  const head = await ledger.store.head();
  expect([await ledger.news.reached(head, 0), await ledger.news.reached(head + 1, 1)]).toEqual([true, false]);
  await ledger.news.beforeApplicationShutdown();
});
