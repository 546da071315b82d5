import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventStore } from '../../../src/engines/sqlite/event-store.js';
import type { NewEvent, StreamName } from '../../../src/ledger/journal/event-store.js';

const STREAMS = 50;
const EVENTS_PER_APPEND = 10;

/** The pages of these are some 60 MB of log, most of them written again and again. */
const ROUNDS = 60;

describe('checkpoints', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringside-checkpoints-'));
    file = join(folder, 'ledger.db');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const eventsOf = (stream: number, round: number): NewEvent[] =>
    Array.from({ length: EVENTS_PER_APPEND }, (_, n) => ({
      id: `${stream}-${round}-${n}`,
      type: 'Tested',
      data: 'x'.repeat(2000),
      metadata: { chain: 'y' },
    }));

  /** Appends to all streams at once, round by round. Gives the largest size that the log had, in bytes. */
  async function write(store: SqliteEventStore): Promise<number> {
    let largest = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: STREAMS }, (_, n) =>
          store.append(
            `statement-${n}` satisfies StreamName,
            round === 0 ? 'no_stream' : round * EVENTS_PER_APPEND - 1,
            eventsOf(n, round),
          ),
        ),
      );
      largest = Math.max(largest, statSync(`${file}-wal`).size);
    }
    return largest;
  }

  it('the log is copied while the ledger is written, and begins anew; closing leaves none', async () => {
    const store = await SqliteEventStore.open(file);
    expect(await write(store)).toBeLessThan(24 * 1024 * 1024);
    await store.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('SELECT count(*) AS events FROM events').get()).toEqual({
      events: STREAMS * ROUNDS * EVENTS_PER_APPEND,
    });
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  }, 120_000);

  it('a log that somebody reads an old state from grows, and is copied once that is over', async () => {
    const store = await SqliteEventStore.open(file);
    await store.append('statement-old', 'no_stream', eventsOf(0, 0));
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN; SELECT count(*) FROM events');
    const grown = await write(store);
    expect(grown).toBeGreaterThan(24 * 1024 * 1024);
    expect(reader.prepare('SELECT count(*) AS events FROM events').get()).toEqual({ events: EVENTS_PER_APPEND });
    reader.exec('COMMIT');
    reader.close();
    await store.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
  }, 120_000);
});
