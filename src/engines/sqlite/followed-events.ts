import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreUnavailable } from '../../domain/store-unavailable.js';
import type { Position, StoredEvent, StreamName } from '../../ledger/journal/event-store.js';
import { patiently } from './sqlite-file.js';

/** As many as are folded in some ten milliseconds, so that questions to the thread do not wait for longer. */
const EVENTS_PER_PAGE = 512;

/** How late it is noticed that there is more, unless somebody asks for the head. Longer makes larger batches. */
const POLL_INTERVAL_MS = 50;

/** How long to wait for a connection that recovers the file's log. */
const BUSY_TIMEOUT_MS = 5000;

/** A row of the ledger. */
type EventRow = readonly [
  position: number,
  stream: StreamName,
  revision: number,
  id: string,
  type: string,
  data: string,
  metadata: string,
];

/** The ledger's file, followed over a connection of its own by a thread that may wait for the disk. */
export class FollowedEvents {
  private readonly database: DatabaseSync;
  private readonly selectHead: StatementSync;
  private readonly selectPage: StatementSync;
  private readonly sleepers = new Set<() => void>();
  /** The last head that was asked for: until then nobody sleeps. */
  private askedHead: Position = 0;

  /** Opens a file that is there. */
  constructor(file: string) {
    this.database = new DatabaseSync(file, { readOnly: true });
    this.database.exec('PRAGMA cache_size = -2000');
    this.selectHead = this.database.prepare('SELECT ifnull(max(position), 0) AS head FROM events');
    this.selectPage = this.database.prepare(
      `SELECT e.position, s.name, e.revision, e.id, e.type, e.data, e.metadata
       FROM events e JOIN streams s ON s.id = e.stream_id WHERE e.position > ? ORDER BY e.position LIMIT ?`,
    );
    this.selectPage.setReturnArrays(true);
  }

  /** The position of the last event. Whoever follows then looks whether there is more. */
  async head(): Promise<Position> {
    const { head } = this.read(() => this.selectHead.get() as { head: number });
    this.askedHead = head;
    this.wake();
    return head;
  }

  /** All events after a position, then every later one as it is committed, in batches, until the signal aborts. */
  async *subscribe(after: Position, signal: AbortSignal): AsyncGenerator<readonly StoredEvent[]> {
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    try {
      for (let at = after; !signal.aborted;) {
        const events = this.page(at);
        if (events.length > 0) {
          at = events.at(-1)!.position;
          yield events;
        }
        if (events.length === EVENTS_PER_PAGE || at < this.askedHead) await nextTurn();
        else if (!signal.aborted) await this.askedOrWhile();
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  close(): void {
    this.database.close();
  }

  private page(after: Position): StoredEvent[] {
    const rows = this.read(() => this.selectPage.all(after, EVENTS_PER_PAGE) as unknown as EventRow[]);
    return rows.map(([position, stream, revision, id, type, data, metadata]) => ({
      id,
      type,
      data,
      metadata: parsedMetadata(metadata),
      stream,
      revision,
      position,
    }));
  }

  private read<Result>(work: () => Result): Result {
    try {
      return patiently(BUSY_TIMEOUT_MS, work);
    } catch (error) {
      throw new StoreUnavailable('the ledger', error);
    }
  }

  private askedOrWhile(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.sleepers.delete(go);
        resolve();
      };
      const timer = setTimeout(go, POLL_INTERVAL_MS);
      this.sleepers.add(go);
    });
  }

  private wake(): void {
    for (const go of this.sleepers) go();
  }
}

/** An event whose metadata somebody damaged cannot be folded; decoding it says so. */
function parsedMetadata(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return { damaged: text };
  }
}
