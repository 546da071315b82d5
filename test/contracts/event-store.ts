import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import {
  WrongExpectedRevision,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type StoredEvent,
  type StreamName,
} from '../../src/ledger/journal/event-store.js';

/** A store of its own for one test, to which any number of connections can be made, one after another or at once. */
export interface EventStoreUnderTest {
  connect(): Promise<EventStore>;
  dispose(): Promise<void>;
}

/**
 * What every adapter of the EventStore port must do. Tests that share a server get along: they name streams at random
 * and count from the head.
 */
export function describeEventStoreContract(name: string, make: () => Promise<EventStoreUnderTest>): void {
  describe(`EventStore contract: ${name}`, () => {
    let underTest: EventStoreUnderTest;
    let connections: EventStore[];
    let store: EventStore;
    const connect = async () => {
      const connection = await underTest.connect();
      connections.push(connection);
      return connection;
    };

    beforeEach(async () => {
      underTest = await make();
      connections = [];
      store = await connect();
    });

    afterEach(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await underTest.dispose();
    });

    const within: TestContext = { store: () => store, connect };
    describe('append', () => appending(within));
    describe('append again', () => appendingAgain(within));
    describe('read', () => reading(within));
    describe('subscribe', () => subscribing(within));
    describe('close', () => closing(within));
  });
}

interface TestContext {
  store(): EventStore;
  connect(): Promise<EventStore>;
}

/** A stream nobody else uses. */
export function newStream(): StreamName {
  return `statement-${randomUUID()}`;
}

/** An event with a new id; `content` tells it from others. */
export function newEvent(content: string | number = 'one'): NewEvent {
  return {
    id: randomUUID(),
    type: 'UsageRecorded',
    data: JSON.stringify({ content }),
    metadata: { version: '1', account: 'acct_1', chain: 'c' },
  };
}

/** Everything an iteration gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The first `count` events after a position that a subscription gives, and no more. */
export async function follow(store: EventStore, after: number, count: number): Promise<StoredEvent[]> {
  const seen: StoredEvent[] = [];
  const enough = new AbortController();
  for await (const batch of store.subscribe(after, enough.signal)) {
    seen.push(...batch);
    if (seen.length >= count) enough.abort();
  }
  return seen;
}

/** Appends events one by one to a stream, each behind the last. */
export async function appendEach(store: EventStore, stream: StreamName, events: readonly NewEvent[]): Promise<void> {
  let expected: ExpectedRevision = 'no_stream';
  for (const event of events) expected = (await store.append(stream, expected, [event])).revision;
}

const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);
const times = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));

function appending({ store, connect }: TestContext): void {
  it('numbers a stream from 0 and positions upwards', async () => {
    const stream = newStream();
    const first = await store().append(stream, 'no_stream', [newEvent(), newEvent()]);
    const second = await store().append(stream, 1, [newEvent()]);
    expect([first.revision, second.revision]).toEqual([1, 2]);
    expect(second.position).toBeGreaterThan(first.position);
    expect(await store().head()).toBe(second.position);
  });

  it('refuses a stream that exists, one that does not, and any revision but the last, and says where the stream ends', async () => {
    const stream = newStream();
    await expect(store().append(stream, 0, [newEvent()])).rejects.toMatchObject({
      name: 'WrongExpectedRevision',
      actual: 'no_stream',
    });
    await store().append(stream, 'no_stream', times(3, newEvent));
    for (const expected of ['no_stream', 0, 1, 3, 99] as const) {
      const refusal = store().append(stream, expected, [newEvent()]);
      await expect(refusal).rejects.toBeInstanceOf(WrongExpectedRevision);
      await expect(refusal).rejects.toMatchObject({ stream, expected, actual: 2 });
    }
    expect(await collect(store().readStream(stream))).toHaveLength(3);
  });

  it('R18 of many writers that expect the same revision exactly one wins, on one connection and on several', async () => {
    const stream = newStream();
    const stores = [store(), await connect(), await connect()];
    const outcomes = await Promise.allSettled(
      times(48, (n) => stores[n % 3]!.append(stream, 'no_stream', [newEvent(n)])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ name: 'WrongExpectedRevision', actual: 0 });
    }
    expect(await collect(store().readStream(stream))).toHaveLength(1);
  });

  it('an append that is refused takes none of those sent at the same moment with it', async () => {
    const streams = times(20, newStream);
    const outcomes = await Promise.allSettled(
      streams.map((stream, n) => store().append(stream, n % 4 === 3 ? 7 : 'no_stream', [newEvent()])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(times(20, (n) => (n % 4 === 3 ? 'rejected' : 'fulfilled')));
    for (const [n, stream] of streams.entries())
      expect(await collect(store().readStream(stream))).toHaveLength(n % 4 === 3 ? 0 : 1);
  });

  it('keeps the order of appends that were not waited for', async () => {
    const stream = newStream();
    const events = times(200, newEvent);
    const appended = await Promise.all(
      events.map((event, n) => store().append(stream, n === 0 ? 'no_stream' : n - 1, [event])),
    );
    expect(appended.map(({ revision }) => revision)).toEqual(times(200, (n) => n));
    expect(ids(await collect(store().readStream(stream)))).toEqual(ids(events));
  });

  it('refuses an append of nothing', async () => {
    await expect(store().append(newStream(), 'no_stream', [])).rejects.toBeInstanceOf(RangeError);
  });

  it('keeps every character of data and metadata', async () => {
    const stream = newStream();
    const texts = ['', '\u0000', 'ä€𝄞', '"\\\n\r\t', '\ud800 alone', 'x'.repeat(100_000)];
    const events = texts.map((text) => ({
      ...newEvent(text),
      metadata: { zebra: 'z', 'a "quoted" name': 'v', text: text.replace('\ud800', '') },
    }));
    await store().append(stream, 'no_stream', events);
    const stored = await collect((await connect()).readStream(stream));
    expect(stored.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }))).toEqual(events);
    expect(stored.map(({ data }) => (JSON.parse(data) as { content: string }).content)).toEqual(texts);
  });

  it('any mix of appends by several writers leaves what a simple model says', async () => {
    const step = fc.record({
      writer: fc.nat(1),
      stream: fc.nat(2),
      count: fc.integer({ min: 1, max: 4 }),
      stale: fc.nat(4),
      again: fc.boolean(),
    });
    const writers = [store(), await connect()];
    const obeysModel = async (steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]) => {
      const streams = times(3, newStream);
      const model: NewEvent[][] = [[], [], []];
      for (const { writer, stream, count, stale, again } of steps) {
        const there = model[stream]!;
        const endsAt = there.length - 1;
        const events = times(count, newEvent);
        const expected = stale === 1 ? endsAt + 1 : endsAt;
        const append = (from: EventStore) =>
          from.append(streams[stream]!, expected === -1 ? 'no_stream' : expected, events);
        if (stale === 1)
          await expect(append(writers[writer]!)).rejects.toMatchObject({
            actual: endsAt === -1 ? 'no_stream' : endsAt,
          });
        else {
          const answer = await append(writers[writer]!);
          there.push(...events);
          if (again) expect(await append(writers[1 - writer]!)).toEqual(answer);
        }
      }
      for (const [n, stream] of streams.entries())
        expect(ids(await collect(store().readStream(stream)))).toEqual(ids(model[n]!));
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), obeysModel), { numRuns: 25 });
  });
}

function appendingAgain({ store, connect }: TestContext): void {
  it('R18 the same events at the same place succeed again with the same answer and are stored once, for ever', async () => {
    const stream = newStream();
    const [first, second, third] = [[newEvent(0)], [newEvent(1), newEvent(2)], [newEvent(3)]];
    const answers = [
      await store().append(stream, 'no_stream', first!),
      await store().append(stream, 0, second!),
      await store().append(stream, 2, third!),
    ];
    const other = await connect();
    for (const connection of [store(), other]) {
      expect(await connection.append(stream, 'no_stream', first!)).toEqual(answers[0]);
      expect(await connection.append(stream, 0, second!)).toEqual(answers[1]);
      expect(await connection.append(stream, 2, third!)).toEqual(answers[2]);
    }
    expect(await collect(other.readStream(stream))).toHaveLength(4);
    expect(await store().head()).toBe(answers[2]!.position);
  });

  it('R18 the same append sent many times at once is stored once and answered alike', async () => {
    const stream = newStream();
    const events = [newEvent(0), newEvent(1)];
    const stores = [store(), await connect()];
    const answers = await Promise.all(times(40, (n) => stores[n % 2]!.append(stream, 'no_stream', events)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(ids(await collect(store().readStream(stream)))).toEqual(ids(events));
  });

  it('other events at that place are a conflict', async () => {
    const stream = newStream();
    await store().append(stream, 'no_stream', [newEvent(0), newEvent(1)]);
    await expect(store().append(stream, 'no_stream', [newEvent(0), newEvent(1)])).rejects.toMatchObject({ actual: 1 });
  });

  it('events of which only some are there are neither a success nor a conflict', async () => {
    const stream = newStream();
    const [a, b, c] = times(3, newEvent);
    await store().append(stream, 'no_stream', [a!, b!]);
    for (const events of [
      [a!, c!],
      [c!, b!],
      [a!, b!, c!],
    ]) {
      const refused = store().append(stream, 'no_stream', events);
      await expect(refused).rejects.toThrow(/some, but not all/);
      await expect(refused).rejects.not.toBeInstanceOf(WrongExpectedRevision);
      await expect(refused).rejects.not.toBeInstanceOf(StoreUnavailable);
    }
    expect(ids(await collect(store().readStream(stream)))).toEqual([a!.id, b!.id]);
  });
}

function reading({ store, connect }: TestContext): void {
  it('reads a stream from a revision on, and nothing of a stream that is not there', async () => {
    const stream = newStream();
    await store().append(stream, 'no_stream', times(5, newEvent));
    expect((await collect(store().readStream(stream))).map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
    expect((await collect(store().readStream(stream, 3))).map(({ revision }) => revision)).toEqual([3, 4]);
    expect(await collect(store().readStream(stream, 5))).toEqual([]);
    expect(await collect(store().readStream(newStream()))).toEqual([]);
  });

  it('R19 reads more events than fit any page, from one stream and from all', async () => {
    const before = await store().head();
    const [long, other] = [newStream(), newStream()];
    const events = times(1300, newEvent);
    await store().append(long, 'no_stream', events.slice(0, 700));
    await store().append(other, 'no_stream', [newEvent('between')]);
    await store().append(long, 699, events.slice(700));
    expect(ids(await collect(store().readStream(long)))).toEqual(ids(events));
    const all = await collect((await connect()).readAll(before));
    expect(ids(all.filter(({ stream }) => stream === long))).toEqual(ids(events));
    expect(all.findIndex(({ stream }) => stream === other)).toBe(700);
    expect(all.every(({ position }, n) => n === 0 || position > all[n - 1]!.position)).toBe(true);
    const middle = all[650]!;
    expect(ids(await collect(store().readAll(middle.position))).slice(0, 600)).toEqual(ids(all.slice(651, 1251)));
  });

  it('reads all up to the head at the moment of the call', async () => {
    const before = await store().head();
    const stream = newStream();
    await store().append(stream, 'no_stream', [newEvent(0), newEvent(1)]);
    const reading = store().readAll(before);
    await store().append(stream, 1, [newEvent(2)]);
    expect((await collect(reading)).filter((event) => event.stream === stream)).toHaveLength(2);
    expect((await collect(store().readAll(before))).filter((event) => event.stream === stream)).toHaveLength(3);
  });

  it('reads at once what was acknowledged on another connection', async () => {
    const other = await connect();
    const stream = newStream();
    const { position } = await other.append(stream, 'no_stream', [newEvent()]);
    expect(await store().head()).toBe(position);
    expect(await collect(store().readStream(stream))).toHaveLength(1);
  });
}

function subscribing({ store, connect }: TestContext): void {
  it('R19 gives the events there are, then each new one, without gap, double or disorder', async () => {
    const before = await store().head();
    const stream = newStream();
    const events = times(2000, newEvent);
    await store().append(stream, 'no_stream', events.slice(0, 900));
    const following = follow(store(), before, 2000);
    for (let at = 900; at < 2000; at += 50) await store().append(stream, at - 1, events.slice(at, at + 50));
    const seen = await following;
    expect(ids(seen)).toEqual(ids(events));
    expect(seen).toEqual(await collect(store().readAll(before)));
  });

  it('goes on exactly behind any position', async () => {
    const before = await store().head();
    const stream = newStream();
    await store().append(stream, 'no_stream', times(10, newEvent));
    const all = await collect(store().readAll(before));
    for (const [n, { position }] of all.slice(0, -1).entries()) {
      expect(ids(await follow(store(), position, all.length - n - 1))).toEqual(ids(all.slice(n + 1)));
    }
  });

  it('shows the same order to subscribers of all connections, whoever appends', async () => {
    const other = await connect();
    const before = await store().head();
    const following = [follow(store(), before, 600), follow(other, before, 600), follow(other, before, 600)];
    const streams = times(12, newStream);
    await Promise.all(
      streams.map((stream, n) => appendEach(n % 2 === 0 ? store() : other, stream, times(50, newEvent))),
    );
    const [first, ...rest] = await Promise.all(following);
    for (const seen of rest) expect(seen).toEqual(first);
    for (const stream of streams) {
      expect(first!.filter((event) => event.stream === stream).map(({ revision }) => revision)).toEqual(
        times(50, (n) => n),
      );
    }
  });

  it('a retry that wrote nothing is not shown again', async () => {
    const before = await store().head();
    const stream = newStream();
    const [first, second] = [newEvent(0), newEvent(1)];
    const following = follow(store(), before, 2);
    await store().append(stream, 'no_stream', [first]);
    await store().append(stream, 'no_stream', [first]);
    await store().append(stream, 0, [second]);
    expect(ids(await following)).toEqual([first.id, second.id]);
  });

  it('a subscriber that pauses loses nothing and holds nobody up', async () => {
    const before = await store().head();
    const stream = newStream();
    const quick = follow(store(), before, 6000);
    const leave = new AbortController();
    const slow = store().subscribe(before, leave.signal)[Symbol.asyncIterator]();
    await store().append(stream, 'no_stream', [newEvent('first')]);
    const seen = [...((await slow.next()).value as StoredEvent[])];
    for (let at = 1; at < 6000; at += 500)
      await store().append(stream, at - 1, times(Math.min(500, 6000 - at), newEvent));
    const everything = await quick;
    while (seen.length < 6000) seen.push(...((await slow.next()).value as StoredEvent[]));
    expect(seen).toEqual(everything);
    leave.abort();
    expect((await slow.next()).done).toBe(true);
  });

  it('ends when the signal aborts: before it began, while waiting, and between batches', async () => {
    expect(await collect(store().subscribe(0, AbortSignal.abort()))).toEqual([]);
    const head = await store().head();
    const leave = new AbortController();
    const waiting = collect(store().subscribe(head, leave.signal));
    await store().head();
    leave.abort();
    expect(await waiting).toEqual([]);
    await store().append(newStream(), 'no_stream', [newEvent()]);
    expect(await follow(store(), head, 1)).toHaveLength(1);
  });
}

function closing({ store, connect }: TestContext): void {
  it('waits for the appends under way, then refuses', async () => {
    const stream = newStream();
    const closing = await connect();
    const underWay = times(100, (n) => closing.append(stream, n === 0 ? 'no_stream' : n - 1, [newEvent(n)]));
    await closing.close();
    await expect(Promise.all(underWay)).resolves.toHaveLength(100);
    await expect(closing.append(stream, 99, [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(closing.head()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await collect(store().readStream(stream))).toHaveLength(100);
  });

  it('ends subscriptions, and may be repeated', async () => {
    const closing = await connect();
    const following = collect(closing.subscribe(await closing.head(), new AbortController().signal));
    await closing.head();
    await closing.close();
    await closing.close();
    expect(await following).toEqual([]);
  });

  it('keeps everything for whoever opens the store next', async () => {
    const stream = newStream();
    const events = times(3, newEvent);
    const { position } = await store().append(stream, 'no_stream', events);
    await store().close();
    const reopened = await connect();
    expect(await reopened.head()).toBe(position);
    expect(ids(await collect(reopened.readStream(stream)))).toEqual(ids(events));
    expect((await reopened.append(stream, 2, [newEvent()])).revision).toBe(3);
  });
}
