import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEvent } from '../../src/domain/events/index.js';
import type { EventStore, Position } from '../../src/ledger/journal/event-store.js';
import { SqliteDocumentStore } from '../../src/engines/sqlite/document-store.js';
import type { Document, DocumentStore } from '../../src/views/document-store.js';
import { PROGRESS } from '../../src/views/progress.js';
import type { Projection } from '../../src/views/projection.js';
import { PROJECTIONS } from '../../src/views/projections/index.js';
import { rebuild } from '../../src/views/rebuild.js';
import type { ProjectionRunner } from '../../src/views/runner.js';
import { BookFollower } from '../../src/views/thread/book-follower.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { SettableClock } from '../support/settable-clock.js';
import { PlainDecoder, Scribe } from './plain-book.js';

/** Long enough for any machine; tests wait for events, not for time. */
const PATIENCE_MS = 30_000;

/** The views room on real SQLite files and a book in memory. Close it after each test. */
export class ViewsUnderTest {
  readonly decoder = new PlainDecoder();
  readonly clock = new SettableClock(Date.UTC(2026, 10, 22, 12, 34, 56));
  readonly scribe: Scribe;
  private readonly directory = mkdtempSync(join(tmpdir(), 'ringside-views-'));
  private readonly opened: DocumentStore[] = [];
  private readonly runners: ProjectionRunner[] = [];
  documents!: DocumentStore;
  runner!: ProjectionRunner;

  private constructor(readonly events: EventStore) {
    this.scribe = new Scribe(events);
  }

  /** Nothing runs yet when `started` is false. */
  static async open({ events = new MemoryEventStore() as EventStore, started = true } = {}): Promise<ViewsUnderTest> {
    const views = new ViewsUnderTest(events);
    views.documents = await views.openStore('views');
    views.runner = views.newRunner();
    if (started) await views.runner.start();
    return views;
  }

  /** One more runner, by default on the same documents. */
  newRunner(projections: readonly Projection[] = PROJECTIONS, documents = this.documents): ProjectionRunner {
    // What the runner says when it stops is expected in these tests.
    const watch = { changed: () => {}, warn: () => {}, error: () => {} };
    const runner = new BookFollower(projections, this.events, this.decoder, documents, watch);
    this.runners.push(runner);
    return runner;
  }

  async openStore(name: string): Promise<DocumentStore> {
    const store = await SqliteDocumentStore.open(join(this.directory, `${name}.db`));
    this.opened.push(store);
    return store;
  }

  async write(...events: readonly LedgerEvent[]): Promise<Position> {
    return this.scribe.write(...events);
  }

  /** Writes the events and waits until the views reflect them. */
  async given(...events: readonly LedgerEvent[]): Promise<Position> {
    const position = await this.write(...events);
    await this.settled();
    return position;
  }

  async settled(runner = this.runner): Promise<void> {
    if (!(await runner.reached(await this.events.head(), PATIENCE_MS)))
      throw runner.failure ?? new Error('the views did not settle');
  }

  /** All documents of all read models as JSON, in order: equal texts mean equal bytes. */
  async contents(documents = this.documents, projections: readonly Projection[] = PROJECTIONS): Promise<string[]> {
    await documents.declare([PROGRESS, ...projections.map(({ collection }) => collection)]);
    const contents: string[] = [];
    for (const { name } of [PROGRESS, ...projections.map(({ collection }) => collection)]) {
      for (const document of await documents.find<Document>(name, {}))
        contents.push(`${name} ${JSON.stringify(document)}`);
    }
    return contents;
  }

  /** What a rebuild from the first event gives. */
  async rebuiltContents(projections: readonly Projection[] = PROJECTIONS): Promise<string[]> {
    const scratch = await this.openStore(`rebuilt-${this.opened.length}`);
    await rebuild(this.events, projections, this.decoder, scratch, await this.events.head());
    return this.contents(scratch, projections);
  }

  async close(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.stop()));
    await Promise.all(this.opened.map((store) => store.close()));
    await this.events.close();
    rmSync(this.directory, { recursive: true });
  }
}
