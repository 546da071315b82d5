import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import type { Position, StoredEvent } from '../../src/ledger/journal/event-store.js';
import { DocumentStore, type Document, type Search, type WriteBatch } from '../../src/views/document-store.js';
import { FoldFailure } from '../../src/views/fold.js';
import { defineProjection } from '../../src/views/projection.js';
import { PROJECTIONS } from '../../src/views/projections/index.js';
import { statementId, statements, type StatementDocument } from '../../src/views/projections/statements.js';
import { cellPrefix, usage as usageView } from '../../src/views/projections/usage.js';
import type { ProjectionRunner } from '../../src/views/runner.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import {
  accountOpened,
  ACCOUNT,
  ADA,
  BOB,
  customerCreated,
  id,
  NOON,
  serverKeyIssued,
  statementOpened,
  UNATTRIBUTED,
  usage,
} from './events.js';
import { plainEvent } from './plain-book.js';
import { ViewsUnderTest } from './views-under-test.js';

let views: ViewsUnderTest;

afterEach(() => views.close());

/** Some of everything, spread over customers, hours and days. */
const someHistory = () => [
  accountOpened(),
  serverKeyIssued('digest'),
  customerCreated(UNATTRIBUTED, null),
  customerCreated(ADA, 'ada'),
  customerCreated(BOB, 'bob'),
  ...Array.from({ length: 60 }, (_, index) =>
    usage({
      customer: [ADA, BOB, UNATTRIBUTED][index % 3]!,
      occurredAt: NOON + index * 1_000_000,
      data: { costNanoUsd: String(index), refUsed: `fc:openai/model-${index % 2}` },
      personal: index % 4 === 0 ? { tags: ['a', `t${index % 5}`], sessionId: `s${index % 7}` } : undefined,
    }),
  ),
];

const ada = async () => {
  const [found] = await views.documents.getMany<StatementDocument>(statements.collection.name, [
    statementId(ADA, '202611'),
  ]);
  return found?.state.totals.requests ?? 0;
};

/** A document store that does what the one behind it does, unless a test puts something in between. */
class Detour extends DocumentStore {
  writes: number[] = [];
  beforeWrite: (position: Position) => Promise<void> | void = () => {};

  constructor(private readonly behind: DocumentStore) {
    super();
  }
  declare(...args: Parameters<DocumentStore['declare']>) {
    return this.behind.declare(...args);
  }
  getMany<D extends Document>(collection: string, ids: readonly string[]) {
    return this.behind.getMany<D>(collection, ids);
  }
  findTogether(searches: readonly Search[]) {
    return this.behind.findTogether(searches);
  }
  snapshot() {
    return this.behind.snapshot();
  }
  async write(batches: readonly WriteBatch[], checkpoint: { name: string; position: Position }) {
    await this.beforeWrite(checkpoint.position);
    await this.behind.write(batches, checkpoint);
    this.writes.push(checkpoint.position);
  }
  checkpoint(name: string) {
    return this.behind.checkpoint(name);
  }
  count(collection: string, upTo: Position) {
    return this.behind.count(collection, upTo);
  }
  close() {
    return this.behind.close();
  }
}

describe('following the book', () => {
  it('folds what was there before it started and what comes later', async () => {
    views = await ViewsUnderTest.open({ started: false });
    await views.write(usage(), usage());
    await views.runner.start();
    await views.given(usage());
    expect(await ada()).toBe(3);
    expect(views.runner.position).toBe(await views.events.head());
    expect(views.runner.failure).toBeUndefined();
  });

  it('a reader who waits for a position gets it at once; one who waits for what never comes gets no', async () => {
    views = await ViewsUnderTest.open();
    const position = await views.write(usage());
    expect(await views.runner.reached(position, 10_000)).toBe(true);
    expect(await ada()).toBe(1);
    expect(await views.runner.reached(position + 1, 1)).toBe(false);
    const waiting = views.runner.reached(position + 1, 60_000);
    await views.runner.stop();
    expect(await waiting).toBe(false);
  });

  it('writes what comes while nobody reads in few portions, and everything when it stops', async () => {
    views = await ViewsUnderTest.open({ started: false });
    const documents = new Detour(views.documents);
    const runner = views.newRunner(PROJECTIONS, documents);
    const { promise: allRead, resolve } = Promise.withResolvers<void>();
    const decode = views.decoder.decode.bind(views.decoder);
    views.decoder.decode = (stored) => {
      if (stored.position === 51) resolve();
      return decode(stored);
    };
    await runner.start();
    for (let call = 0; call < 50; call++) await views.write(usage());
    await allRead;
    await runner.stop();
    expect(documents.writes.length).toBeLessThan(10);
    expect(documents.writes.at(-1)).toBe(await views.events.head());
    expect(await ada()).toBe(50);
  });

  it('goes on folding while it writes, and loses nothing of that', async () => {
    views = await ViewsUnderTest.open({ started: false });
    const documents = new Detour(views.documents);
    const runner = views.newRunner(PROJECTIONS, documents);
    documents.beforeWrite = async () => {
      documents.beforeWrite = () => {};
      await views.write(usage(), usage());
    };
    await runner.start();
    await views.write(usage());
    await views.settled(runner);
    await views.settled(runner);
    expect(await ada()).toBe(3);
    expect(await views.contents()).toEqual(await views.rebuiltContents());
  });

  it('takes up the book again after it did not answer', async () => {
    class Absent extends MemoryEventStore {
      failures = 2;
      override async *subscribe(after: Position, signal: AbortSignal): AsyncGenerator<readonly StoredEvent[]> {
        for await (const batch of super.subscribe(after, signal)) {
          yield batch;
          if (this.failures-- > 0) throw new StoreUnavailable('the ledger', 'away');
        }
      }
    }
    views = await ViewsUnderTest.open({ events: new Absent() });
    for (let call = 1; call <= 4; call++) {
      await views.given(usage());
      expect(await ada()).toBe(call);
    }
    expect(views.runner.failure).toBeUndefined();
  });

  it('a burst over ten thousand customers keeps every one (R19)', async () => {
    views = await ViewsUnderTest.open();
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      usage({ customer: id('cust', index), data: { costNanoUsd: String(index) } }),
    );
    await views.given(...calls);
    const found = await views.documents.find<StatementDocument>(statements.collection.name, {});
    expect(found).toHaveLength(10_000);
    for (const { customer, state } of found) {
      expect(state.totals).toMatchObject({ requests: 1, costNanoUsd: String(Number(customer.slice('cust_'.length))) });
    }
    const days = await views.documents.find<Document<{ totals: { requests: number; costNanoUsd: string } }>>(
      usageView.collection.name,
      {
        range: {
          field: 'id',
          from: cellPrefix(ACCOUNT, 'call', 'day', ''),
          to: cellPrefix(ACCOUNT, 'call', 'day', '~'),
        },
      },
    );
    expect(days.map(({ totals }) => totals)).toMatchObject([
      { requests: 10_000, costNanoUsd: String((9_999 * 10_000) / 2) },
    ]);
  }, 60_000);
});

describe('again and after a crash', () => {
  it('R20 folding every event twice, out of a stale checkpoint, changes nothing', async () => {
    views = await ViewsUnderTest.open({ started: false });
    const events = someHistory();
    await views.write(...events);
    await views.runner.start();
    await views.settled();
    await views.runner.stop();
    const once = await views.contents();
    expect(once).toHaveLength((await views.rebuiltContents()).length);

    const stale = new Detour(views.documents);
    stale.checkpoint = () => Promise.resolve(0);
    for (const from of [0, 17, events.length - 1]) {
      stale.checkpoint = () => Promise.resolve(from);
      const again = views.newRunner(PROJECTIONS, stale);
      await again.start();
      await views.settled(again);
      await again.stop();
      expect(await views.contents()).toEqual(once);
    }
  });

  it('a runner that was paused while another took over changes nothing when it goes on', async () => {
    views = await ViewsUnderTest.open({ started: false });
    const paused = new Detour(views.documents);
    const pause = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    paused.beforeWrite = () => {
      held.resolve();
      return pause.promise;
    };
    const first = views.newRunner(PROJECTIONS, paused);
    await first.start();
    const history = someHistory();
    await views.write(...history.slice(0, 30));
    void first.reached(await views.events.head(), 1000);
    await held.promise;
    await views.runner.start();
    await views.given(...history.slice(30));
    const settled = await views.contents();
    pause.resolve();
    await views.settled(first);
    expect(await views.contents()).toEqual(settled);
    expect(settled).toEqual(await views.rebuiltContents());
  });

  it('crashes at any write leave nothing lost and nothing twice', async () => {
    views = await ViewsUnderTest.open({ events: new MemoryEventStore(undefined, 7), started: false });
    for (const [index, event] of someHistory().entries()) {
      const documents = new Detour(views.documents);
      // Every other run dies at its write, before or after it is done.
      documents.beforeWrite = () => {
        if (index % 4 === 1) throw new Error('crashed');
      };
      const runner: ProjectionRunner = views.newRunner(PROJECTIONS, documents);
      await runner.start();
      const position = await views.write(event);
      expect(await runner.reached(position, 30_000)).toBe(index % 4 !== 1);
      await runner.stop();
    }
    await views.runner.start();
    await views.settled();
    expect(await views.contents()).toEqual(await views.rebuiltContents());
  });

  it('what a rebuild gives does not depend on the portions', async () => {
    views = await ViewsUnderTest.open({ events: new MemoryEventStore(undefined, 1) });
    for (const event of someHistory()) await views.given(event);
    expect(await views.contents()).toEqual(await views.rebuiltContents());
  });

  it('a new version of one projection is filled from the first event and leaves the others as they are', async () => {
    views = await ViewsUnderTest.open();
    await views.given(...someHistory());
    const before = await views.contents();
    const raised = PROJECTIONS.map((projection) =>
      projection.name === 'usage' ? defineProjection({ ...projection, version: 99 }) : projection,
    );
    const runner = views.newRunner(raised);
    await runner.start();
    expect(runner.position).toBe(0);
    await views.settled(runner);
    const after = await views.contents(views.documents, raised);
    const own = (contents: readonly string[]) =>
      contents
        .filter((line) => !line.startsWith('progress'))
        .map((line) => line.replace('usage-v99', usageView.collection.name));
    expect(own(after).toSorted()).toEqual(own(before).toSorted());
  });
});

describe('what cannot be folded', () => {
  const append = (event: ReturnType<typeof plainEvent>, stream: 'account-x' | 'account-y' = 'account-x') =>
    views.events.append(stream, 'no_stream', [event]);

  it('R21 an unknown event type or version stops the projector loudly, and is applied after the upgrade', async () => {
    views = await ViewsUnderTest.open();
    const before = await views.given(usage());
    const known = accountOpened();
    await append({ ...plainEvent(known), metadata: { version: '2', chain: '' } });
    await views.write(usage());
    expect(await views.runner.reached(await views.events.head(), 30_000)).toBe(false);
    expect(views.runner.position).toBe(before);
    expect(views.runner.failure).toBeInstanceOf(FoldFailure);
    expect(views.runner.failure).toMatchObject({ type: 'AccountOpened', version: '2', position: before + 1 });
    expect(views.runner.failure!.message).toContain(`position ${before + 1} (AccountOpened version 2)`);
    expect(await views.runner.reached(before, 0)).toBe(true);
    expect(await ada()).toBe(1);
    await views.runner.stop();

    const restarted = views.newRunner();
    await restarted.start();
    expect(await restarted.reached(before + 1, 30_000)).toBe(false);
    expect(restarted.failure).toMatchObject({ position: before + 1 });
    await restarted.stop();

    const decode = views.decoder.decode.bind(views.decoder);
    views.decoder.decode = (stored) =>
      decode(stored.type === 'AccountOpened' ? { ...stored, metadata: { ...stored.metadata, version: '1' } } : stored);
    const upgraded = views.newRunner();
    await upgraded.start();
    await views.settled(upgraded);
    expect(await ada()).toBe(2);
    expect(await views.contents()).toEqual(await views.rebuiltContents());
  });

  it('a type no projection was ever told of stops it too, even when it decodes', async () => {
    views = await ViewsUnderTest.open();
    views.decoder.decode = ({ data }) => JSON.parse(data) as ReturnType<typeof usage>;
    await append({ ...plainEvent(accountOpened()), data: '{"type":"BudgetSet"}', type: 'BudgetSet' });
    expect(await views.runner.reached(1, 30_000)).toBe(false);
    expect(views.runner.failure).toMatchObject({ type: 'BudgetSet', position: 1 });
  });

  it('an event against the rules of one projection is folded by none, and those before it by all', async () => {
    views = await ViewsUnderTest.open();
    await views.given(usage());
    const whole = await views.contents();
    await views.events.append(statementId(BOB, '202611') as `statement-${string}`, 'no_stream', [
      plainEvent(usage({ customer: BOB })),
    ]);
    await views.write(usage());
    expect(await views.runner.reached(await views.events.head(), 30_000)).toBe(false);
    expect(views.runner.failure!.message).toContain('UsageRecorded before StatementOpened');
    await views.runner.stop();
    expect(await views.contents()).toEqual(whole);
  });

  it('a store that cannot be written stops it where it stands', async () => {
    views = await ViewsUnderTest.open({ started: false });
    const documents = new Detour(views.documents);
    documents.beforeWrite = (position) => {
      if (position > 2) throw new Error('disk full');
    };
    const runner = views.newRunner(PROJECTIONS, documents);
    await runner.start();
    await views.write(statementOpened(), usage({ customer: BOB }));
    expect(await runner.reached(await views.events.head(), 30_000)).toBe(false);
    expect(runner.failure!.message).toBe('disk full');
    await views.write(usage({ customer: BOB }));
    expect(await runner.reached(await views.events.head(), 30_000)).toBe(false);
    await runner.stop();
    await views.runner.start();
    await views.settled();
    expect(await views.contents()).toEqual(await views.rebuiltContents());
  });
});
