import { Logger } from '@nestjs/common';
import { PriceList } from '../../../src/config/prices/price-list.js';
import type { PriceBookPublished } from '../../../src/domain/events/index.js';
import { platformDecider } from '../../../src/domain/platform/platform.js';
import { OverlappingPrices, type PriceOverride } from '../../../src/domain/pricing/price-overrides.js';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { PublishPrices, PublishPricesHandler } from '../../../src/ledger/commands/publish-prices.js';
import { Journal } from '../../../src/ledger/journal/journal.js';
import { ChangeFeed } from '../../../src/ledger/journal/change-feed.js';
import type { EventStore } from '../../../src/ledger/journal/event-store.js';
import { bookVersion, PRICES_STREAM, PublishedPrices } from '../../../src/ledger/platform/published-prices.js';
import { readStream } from '../../../src/ledger/streams/folded-stream.js';
import { Streams } from '../../../src/ledger/streams/streams.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';

const list = new PriceList();
const DEAR: PriceOverride = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  input: '7',
  output: '9',
  validFrom: null,
  validUntil: null,
};
const LLAMA: PriceOverride = { ...DEAR, provider: 'ollama', model: 'llama3*' };
const LIST_INPUT = 150_000_000n;

let ledger: Ledger;
let processes: { readonly changeFeed: ChangeFeed; readonly streams: Streams; readonly prices: PublishedPrices }[];
beforeEach(async () => {
  // What is said about a book that cannot be used is expected here.
  Logger.overrideLogger(false);
  ledger = await openLedger();
  processes = [];
});
afterEach(async () => {
  for (const { changeFeed, prices } of processes) {
    await prices.onModuleDestroy();
    await changeFeed.beforeApplicationShutdown();
  }
  await ledger.close();
});

/** A process that follows the published prices. */
async function following({ book: journal, store }: Pick<Ledger, 'book' | 'store'> = ledger): Promise<PublishedPrices> {
  const changeFeed = new ChangeFeed(store);
  const streams = new Streams(journal, { find: () => Promise.resolve(undefined) }, ledger.clock, changeFeed);
  const prices = new PublishedPrices(list, streams, changeFeed);
  processes.push({ changeFeed, streams, prices });
  await changeFeed.onModuleInit();
  await prices.refresh();
  return prices;
}

async function publish(
  prices: PublishedPrices,
  overrides: readonly PriceOverride[],
  requestId = 'req_1',
): Promise<void> {
  const { streams } = processes.find((one) => one.prices === prices)!;
  await new PublishPricesHandler(streams, prices).execute(new PublishPrices(overrides, null, requestId));
}

const inputOf = (prices: PublishedPrices) =>
  prices.quote('openai', 'gpt-4o-mini', ledger.clock.nowMs()).price?.input?.base;
const published = async () => (await ledger.entries()).map(({ event }) => event as PriceBookPublished);

describe('published prices', () => {
  it('are those of the list as long as nothing is published', async () => {
    const prices = await following();
    expect([prices.version, inputOf(prices)]).toEqual([list.version, LIST_INPUT]);
  });

  it('are in force at once where they are published, under a version that names list and book', async () => {
    const prices = await following();
    await publish(prices, [DEAR]);
    expect(prices.quote('openai', 'gpt-4o-mini', ledger.clock.nowMs())).toMatchObject({
      version: `${list.version}/${bookVersion([DEAR])}`,
      price: { input: { base: 7n, tiers: [] }, output: { base: 9n, tiers: [] } },
    });
    expect(prices.quote('openai', 'gpt-4o', ledger.clock.nowMs()).price).toBe(
      list.priceOf('openai', 'gpt-4o', ledger.clock.nowMs()),
    );
    expect(prices.quote('openai', 'no-such-model', ledger.clock.nowMs())).toEqual({
      version: prices.version,
      price: undefined,
    });
    expect(await published()).toMatchObject([
      { type: 'PriceBookPublished', actor: 'operator', requestId: 'req_1', account: undefined },
    ]);
  });

  it('replace all that were published before; an empty book gives the list back', async () => {
    const prices = await following();
    await publish(prices, [DEAR]);
    await publish(prices, [LLAMA], 'req_2');
    expect(inputOf(prices)).toBe(LIST_INPUT);
    expect(prices.priceOf('ollama', 'llama3.2', 0)?.input?.base).toBe(7n);
    await publish(prices, [], 'req_3');
    expect([prices.version, prices.priceOf('ollama', 'llama3.2', 0)]).toEqual([list.version, undefined]);
  });

  it('are there after a start', async () => {
    await publish(await following(), [DEAR]);
    const restarted = await following();
    expect([restarted.version, inputOf(restarted)]).toEqual([`${list.version}/${bookVersion([DEAR])}`, 7n]);
  });

  it('reach another process on the same book soon', async () => {
    const [here, there] = [await following(), await following()];
    await publish(here, [DEAR]);
    while (inputOf(there) === LIST_INPUT) await new Promise(setImmediate);
    expect([there.version, inputOf(there)]).toEqual([here.version, 7n]);
  });

  it('of many that publish at the same moment the last in the book is in force everywhere', async () => {
    const prices = await Promise.all(Array.from({ length: 4 }, () => following()));
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => publish(prices[i % 4]!, [{ ...DEAR, input: String(i) }], `req_${i}`)),
    );
    await Promise.all(prices.map((one) => one.refresh()));
    const books = await published();
    expect(books).toHaveLength(12);
    for (const one of prices) expect(one.version).toBe(`${list.version}/${books.at(-1)!.data.version}`);
  });

  it('the same request publishes once, and the same prices have one name', async () => {
    const prices = await following();
    await publish(prices, [DEAR]);
    const { version } = prices;
    await publish(prices, [LLAMA], 'req_2');
    await publish(prices, [DEAR], 'req_3');
    expect(prices.version).toBe(version);
  });

  it('R31 every price has a source, a date and a version, and custom prices replace: overlapping ones are not published', async () => {
    const prices = await following();
    await expect(publish(prices, [LLAMA, DEAR, { ...DEAR, validFrom: 5 }])).rejects.toMatchObject({
      code: 'invalid_parameter',
      param: 'prices[2]',
      message: expect.stringContaining('prices[1]'),
    });
    expect(await ledger.entries()).toEqual([]);
  });

  it('R31 every price has a source, a date and a version, and custom prices replace: an overlapping book is refused when loaded', async () => {
    const prices = await following();
    await publish(prices, [LLAMA]);
    const overlapping = [DEAR, DEAR];
    const event: PriceBookPublished = {
      type: 'PriceBookPublished',
      id: '00000000-0000-5000-8000-000000000000',
      actor: 'operator',
      occurredAt: 0,
      data: { version: bookVersion(overlapping), prices: overlapping, note: null },
    };
    await ledger.book.append(
      PRICES_STREAM,
      (await readStream(ledger.book, PRICES_STREAM, platformDecider, undefined)).head,
      [event],
    );
    await expect(following()).rejects.toThrow(OverlappingPrices);
    expect(await processes[0]!.changeFeed.reached(await ledger.store.head(), 20_000)).toBe(true);
    await prices.refresh().catch(() => undefined);
    expect(prices.version).toBe(`${list.version}/${bookVersion([LLAMA])}`);
    await publish(prices, [DEAR], 'req_2');
    expect(inputOf(prices)).toBe(7n);
    expect(inputOf(await following())).toBe(7n);
  });
});

it('published prices stay in force while the book does not answer, and a lost answer publishes once', async () => {
  await ledger.close();
  let failures = 0;
  const wrap = (store: EventStore): EventStore =>
    new Proxy(store, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (name !== 'append' || typeof value !== 'function')
          return typeof value === 'function' ? value.bind(target) : value;
        return async (...given: unknown[]) => {
          const answer: unknown = await value.apply(target, given);
          if (failures-- > 0) throw new StoreUnavailable('the ledger', new Error('lost'));
          return answer;
        };
      },
    });
  ledger = await openLedger({ wrap });
  const prices = await following();
  failures = 1;
  await publish(prices, [DEAR]);
  expect([(await published()).length, inputOf(prices)]).toEqual([1, 7n]);
});

it('published prices that could not be read when they were heard of are looked for again', async () => {
  let failures = 0;
  const store = Object.create(ledger.store) as EventStore;
  store.readStream = async function* (...from) {
    if (failures-- > 0) throw new StoreUnavailable('the ledger', new Error('out'));
    yield* ledger.store.readStream(...from);
  };
  const here = await following();
  const there = await following({ store: ledger.store, book: new Journal(store, ledger.subjects) });
  failures = 2;
  await publish(here, [DEAR]);
  while (inputOf(there) !== 7n) await new Promise(setImmediate);
  expect([failures < 0, there.version]).toEqual([true, here.version]);
});
