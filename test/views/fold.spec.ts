import type { StoredEvent } from '../../src/ledger/journal/event-store.js';
import type { Document, DocumentStore } from '../../src/views/document-store.js';
import { Fold } from '../../src/views/fold.js';
import { PROJECTIONS } from '../../src/views/projections/index.js';
import { requests } from '../../src/views/projections/requests.js';
import { id, usage } from './events.js';
import { PlainDecoder } from './plain-book.js';
import { ViewsUnderTest } from './views-under-test.js';

/** A store whose reads and writes end when a test lets them. */
function held(store: DocumentStore) {
  const gates = { getMany: Promise.resolve(), write: Promise.resolve() };
  const after = (name: 'getMany' | 'write') =>
    async function (...args: unknown[]): Promise<unknown> {
      const gate = gates[name];
      await gate;
      return (store[name] as (...all: unknown[]) => Promise<unknown>).apply(store, args);
    };
  const replaced: Record<string | symbol, unknown> = { getMany: after('getMany'), write: after('write') };
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const value: unknown = replaced[name] ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { gates, store: proxy };
}

it.each(['before', 'after'])(
  'keeps a document for the next event when two writes of others end around it, the second %s',
  async (when) => {
    const views = await ViewsUnderTest.open({ started: false });
    const { gates, store } = held(views.documents);
    const fold = await Fold.open(PROJECTIONS, new PlainDecoder(), store);
    const attempt = (request: string, number: number, final = true) =>
      usage({ requestId: id('req', request), data: { attempt: number, final } });
    await views.write(
      attempt('a', 1, false),
      attempt('b', 1),
      attempt('c', 1),
      attempt('a', 2, false),
      attempt('a', 3),
    );
    const events: StoredEvent[] = [];
    for await (const stored of views.events.readAll(0)) events.push(stored);
    const [third, fourth, fifth] = events.splice(-3) as [StoredEvent, StoredEvent, StoredEvent];

    await fold.apply(events);
    const [writing, reading] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    gates.write = writing.promise;
    const written = fold.flush();
    await fold.apply([third]);
    gates.getMany = reading.promise;
    const applied = fold.apply([fourth]);
    writing.resolve();
    await written;
    const again = Promise.withResolvers<void>();
    gates.write = again.promise;
    const writtenAgain = fold.flush();
    if (when === 'before') {
      again.resolve();
      await writtenAgain;
    }
    reading.resolve();
    await applied;
    again.resolve();
    await writtenAgain;

    await fold.apply([fifth]);
    await fold.flush();
    const found = await views.documents.find<Document & { last: boolean }>(requests.collection.name, {});
    expect(found.map((document) => [document.id, document.last])).toEqual([
      [`${id('req', 'a')}.1`, false],
      [`${id('req', 'a')}.2`, false],
      [`${id('req', 'a')}.3`, true],
      [`${id('req', 'b')}.1`, true],
      [`${id('req', 'c')}.1`, true],
    ]);
    await views.close();
  },
);
