import { stat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { SqliteEventStore } from '../../../src/engines/sqlite/event-store.js';
import { collect, describeEventStoreContract, follow, newEvent, newStream } from '../../contracts/event-store.js';

const newFolder = () => mkdtemp(join(tmpdir(), 'ringside-ledger-'));

describeEventStoreContract('SQLite', async () => {
  const folder = await newFolder();
  return {
    connect: () => SqliteEventStore.open(join(folder, 'ledger.sqlite')),
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('a ledger file that fails', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await newFolder();
    file = join(folder, 'made', 'when', 'missing', 'ledger.sqlite');
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** Another process's transaction that does not end. */
  function holdWriteLock(): { release(): void } {
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    return { release: () => other.close() };
  }

  it('R18 busy for longer than the time-out: unavailable, and well again afterwards', async () => {
    const store = await SqliteEventStore.open(file, { busyTimeoutMs: 50 });
    const lock = holdWriteLock();
    const stream = newStream();
    const event = newEvent();
    const refused = store.append(stream, 'no_stream', [event]);
    await expect(refused).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(refused).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringContaining('locked') }),
    });
    expect(await collect(store.readAll(0))).toEqual([]);
    lock.release();
    expect(await store.append(stream, 'no_stream', [event])).toEqual({ revision: 0, position: 1 });
    await store.close();
  });

  it('R18 silent: every waiting append is told, and a new thread serves the next one', async () => {
    const store = await SqliteEventStore.open(file, { busyTimeoutMs: 60_000, answerTimeoutMs: 2000 });
    const lock = holdWriteLock();
    const stream = newStream();
    const waiting = await Promise.allSettled([1, 2, 3].map((n) => store.append(stream, 'no_stream', [newEvent(n)])));
    for (const outcome of waiting)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    lock.release();
    expect(await store.append(stream, 'no_stream', [newEvent()])).toEqual({ revision: 0, position: 1 });
    await store.close();
  });

  it('R18 a subscriber outlives the thread that served it', async () => {
    const store = await SqliteEventStore.open(file, { busyTimeoutMs: 60_000, answerTimeoutMs: 2000 });
    const following = follow(store, 0, 3);
    await store.append('statement-own', 'no_stream', [newEvent()]);
    const lock = holdWriteLock();
    await expect(store.append('statement-own', 0, [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
    lock.release();
    const other = await SqliteEventStore.open(file);
    await other.append('statement-other', 'no_stream', [newEvent(), newEvent()]);
    expect((await following).map(({ stream }) => stream)).toEqual([
      'statement-own',
      'statement-other',
      'statement-other',
    ]);
    await Promise.all([store.close(), other.close()]);
  });

  it('damaged while it is open: appends and reads fail by name', async () => {
    const store = await SqliteEventStore.open(file);
    await store.append(newStream(), 'no_stream', [newEvent()]);
    await store.close();
    const reopened = await SqliteEventStore.open(file);
    await writeFile(file, Buffer.alloc(65_536, 'no database'));
    await rm(`${file}-wal`, { force: true });
    await expect(reopened.append(newStream(), 'no_stream', [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(collect(reopened.readAll(0))).rejects.toBeInstanceOf(StoreUnavailable);
    await reopened.close();
  });

  it('not a database, or of a newer Ringside: cannot be opened, and says why', async () => {
    const store = await SqliteEventStore.open(file);
    await store.close();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(SqliteEventStore.open(file)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      cause: expect.objectContaining({ message: expect.stringContaining('schema 99') }),
    });
    const text = join(folder, 'text');
    await writeFile(
      text,
      'just some text, and long enough to be looked at as a header of a database file, which needs a hundred bytes',
    );
    await expect(SqliteEventStore.open(text)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('is readable by its owner only', async () => {
    const store = await SqliteEventStore.open(file);
    await store.append(newStream(), 'no_stream', [newEvent()]);
    for (const name of [file, `${file}-wal`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
    await store.close();
  });
});
