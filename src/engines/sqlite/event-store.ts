import { StoreUnavailable } from '../../domain/store-unavailable.js';
import { DatabaseLine, isDamage } from './database-line.js';
import { workerBeside } from './worker-line.js';
import {
  EventStore,
  WrongExpectedRevision,
  type Appended,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type StoredEvent,
  type StreamName,
} from '../../ledger/journal/event-store.js';
import { GroupCommit } from '../group-commit.js';
import { RecentEvents } from './recent-events.js';
import type { LedgerAnswer, LedgerQuestion, LedgerSettings, PackedEvents } from './event-store.worker.js';

interface Append {
  readonly stream: StreamName;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
}

/** How the store behaves when the file is busy or silent; the defaults fit a local disk. */
export interface SqliteEventStoreOptions {
  /** How long an append waits for other processes' commits. */
  readonly busyTimeoutMs?: number;
  /** An answer that takes longer is given up, and the thread that owes it. Must be longer than `busyTimeoutMs`. */
  readonly answerTimeoutMs?: number;
  /** How late subscribers may learn of other processes' commits. */
  readonly pollIntervalMs?: number;
  /** True where nothing may be made or written: the file must be there. */
  readonly readOnly?: boolean;
}

const APPENDS_PER_COMMIT = 512;
/** Events a read fetches at once: small enough not to hold up the commits behind it in the same thread. */
const EVENTS_PER_PAGE = 256;
const RECENT_EVENTS = 1024;
const FIELDS_PER_EVENT = 7;

/** The embedded event store: one SQLite file, written by a thread of its own. Several processes may share the file. */
export class SqliteEventStore extends EventStore {
  private readonly line: DatabaseLine<LedgerSettings, LedgerQuestion, LedgerAnswer>;
  private readonly appends = new GroupCommit<Append, Appended>((group) => this.commit(group), APPENDS_PER_COMMIT);
  private readonly recent = new RecentEvents(RECENT_EVENTS);
  private readonly sleepers: (() => void)[] = [];
  private knownHead: Position = 0;
  private subscribers = 0;
  private watching = false;
  private closed = false;

  private constructor(settings: LedgerSettings, answerTimeoutMs: number) {
    super();
    this.line = new DatabaseLine({
      module: workerBeside(import.meta.url),
      settings,
      answerTimeoutMs,
      onNotice: ({ head }) => this.advance(head!),
      onLost: () => {
        this.watching = false;
        this.wake();
      },
    });
  }

  /**
   * Opens a ledger file, making it when it is missing.
   * @throws StoreUnavailable when it cannot be opened
   */
  static async open(file: string, options: SqliteEventStoreOptions = {}): Promise<SqliteEventStore> {
    const { busyTimeoutMs = 5000, answerTimeoutMs = 10_000, pollIntervalMs = 30, readOnly = false } = options;
    const store = new SqliteEventStore({ file, busyTimeoutMs, pollIntervalMs, readOnly }, answerTimeoutMs);
    await store.line.open().catch((error: unknown) => {
      throw new StoreUnavailable('the ledger', error);
    });
    return store;
  }

  append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    if (events.length === 0) return Promise.reject(new RangeError('an append needs at least one event'));
    if (this.closed) return Promise.reject(new StoreUnavailable('the ledger', CLOSED));
    return this.appends.add({ stream, expected, events });
  }

  async *readStream(stream: StreamName, fromRevision = 0): AsyncGenerator<StoredEvent> {
    for (let from = fromRevision; ; from += EVENTS_PER_PAGE) {
      const events = unpack((await this.request({ streamPage: { stream, from, limit: EVENTS_PER_PAGE } })).events!);
      yield* events;
      if (events.length < EVENTS_PER_PAGE) return;
    }
  }

  readAll(after: Position): AsyncIterable<StoredEvent> {
    const head = this.head();
    head.catch(() => undefined);
    return this.readUpTo(after, head);
  }

  async *subscribe(after: Position, signal: AbortSignal): AsyncGenerator<readonly StoredEvent[]> {
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    this.subscribers++;
    let at = after;
    try {
      while (!signal.aborted && !this.closed) {
        if (!this.watching) await this.watch();
        const events = this.recent.after(at) ?? (at < this.knownHead ? await this.page(at, this.knownHead) : []);
        if (events.length === 0) await new Promise<void>((resolve) => this.sleepers.push(resolve));
        else if (!signal.aborted) {
          at = events.at(-1)!.position;
          yield events;
        }
      }
    } finally {
      signal.removeEventListener('abort', wake);
      if (--this.subscribers === 0) this.stopWatching();
    }
  }

  async head(): Promise<Position> {
    return (await this.request({ head: {} })).head!;
  }

  override async inspect(): Promise<string | undefined> {
    return (await this.request({ inspect: true })).damage;
  }

  override check(): Promise<void> {
    return this.line.check();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await this.appends.idle();
    await this.line.close();
  }

  private async request(question: LedgerQuestion): Promise<LedgerAnswer> {
    if (this.closed && !('append' in question)) throw new StoreUnavailable('the ledger', CLOSED);
    try {
      return await this.line.request(question);
    } catch (error) {
      throw new StoreUnavailable('the ledger', error, isDamage(error));
    }
  }

  private async page(after: Position, upTo: Position): Promise<StoredEvent[]> {
    return unpack((await this.request({ page: { after, upTo, limit: EVENTS_PER_PAGE } })).events!);
  }

  private async *readUpTo(after: Position, head: Promise<Position>): AsyncGenerator<StoredEvent> {
    const upTo = await head;
    if (after >= upTo) return;
    let next = this.page(after, upTo);
    for (let at = after; at < upTo;) {
      const events = await next;
      at = events.at(-1)?.position ?? upTo;
      if (at < upTo) {
        // While these are looked at, the thread reads on.
        next = this.page(at, upTo);
        next.catch(() => undefined);
      }
      yield* events;
    }
  }

  private async commit(group: readonly Append[]): Promise<(Appended | Error)[]> {
    const packed: (string | number)[] = [];
    for (const { stream, expected, events } of group) {
      packed.push(stream, expected === 'no_stream' ? -1 : expected, events.length);
      for (const { id, type, data, metadata } of events) packed.push(id, type, data, JSON.stringify(metadata));
    }
    const { head, outcomes } = await this.request({ append: packed });
    const committed: StoredEvent[] = [];
    let written = head!;
    const answers = group.map(({ stream, expected, events }, index) => {
      const outcome = outcomes![index]!;
      if (typeof outcome === 'object') {
        if ('partlyThere' in outcome)
          return new Error(`${stream} holds some, but not all, of the events appended after ${expected}`);
        return new WrongExpectedRevision(stream, expected, outcome.endsAt === -1 ? 'no_stream' : outcome.endsAt);
      }
      const first = expected === 'no_stream' ? 0 : expected + 1;
      // Anything else is the position of a retry, which an earlier commit already told subscribers about.
      if (outcome === written + events.length) {
        if (this.subscribers > 0) {
          let at = 0;
          for (const { id, type, data, metadata } of events) {
            committed.push({ id, type, data, metadata, stream, revision: first + at, position: written + 1 + at });
            at++;
          }
        }
        written = outcome;
      }
      return { revision: first + events.length - 1, position: outcome };
    });
    if (committed.length > 0) this.recent.add(committed);
    this.advance(written);
    return answers;
  }

  /** The store is known to reach up to here; subscribers who are behind have something to do. */
  private advance(head: Position): void {
    if (head <= this.knownHead) return;
    this.knownHead = head;
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.sleepers.splice(0)) resolve();
  }

  private async watch(): Promise<void> {
    const { head } = await this.request({ head: { watch: true } });
    this.watching = true;
    this.advance(head!);
  }

  private stopWatching(): void {
    this.recent.clear();
    if (!this.watching || this.closed) return;
    this.watching = false;
    this.request({ head: { watch: false } }).catch(() => undefined);
  }
}

const CLOSED = new Error('the event store is closed');

function unpack(fields: PackedEvents): StoredEvent[] {
  const events: StoredEvent[] = [];
  for (let at = 0; at < fields.length; at += FIELDS_PER_EVENT) {
    const [position, stream, revision, id, type, data, metadata] = fields.slice(at, at + FIELDS_PER_EVENT) as [
      number,
      StreamName,
      number,
      string,
      string,
      string,
      string,
    ];
    events.push({ id, type, data, metadata: parsedMetadata(metadata), stream, revision, position });
  }
  return events;
}

/**
 * An event whose metadata somebody damaged keeps its place, so that the codec can refuse it and an audit can name it.
 */
function parsedMetadata(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return { damaged: text };
  }
}
