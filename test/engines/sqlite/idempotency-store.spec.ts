import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { SqliteIdempotencyStore } from '../../../src/engines/sqlite/idempotency-store.js';
import { describeIdempotencyStoreContract, newClaim } from '../../contracts/idempotency-store.js';

const newFolder = () => mkdtemp(join(tmpdir(), 'ringside-keys-'));

describeIdempotencyStoreContract('SQLite', async () => {
  const folder = await newFolder();
  return {
    connect: () => SqliteIdempotencyStore.open(join(folder, 'work.db')),
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('the SQLite file of idempotency keys', () => {
  let folder: string;
  let file: string;
  let store: SqliteIdempotencyStore | undefined;

  beforeEach(async () => {
    folder = await newFolder();
    file = join(folder, 'below', 'work.db');
  });

  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(folder, { recursive: true });
  });

  it('is made for its owner alone', async () => {
    store = await SqliteIdempotencyStore.open(file);
    await store.claim(newClaim());
    for (const path of [file, `${file}-wal`]) expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('R18 that is busy for too long is unavailable, and claiming again is safe', async () => {
    store = await SqliteIdempotencyStore.open(file, { busyTimeoutMs: 50 });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const claim = newClaim();
    await expect(store.claim(claim)).rejects.toBeInstanceOf(StoreUnavailable);
    other.close();
    expect(await store.claim(claim)).toBeUndefined();
  });

  it('R18 whose thread does not answer is given up, and the next question starts another', async () => {
    store = await SqliteIdempotencyStore.open(file, { busyTimeoutMs: 60_000, answerTimeoutMs: 3000 });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.claim(newClaim())).rejects.toBeInstanceOf(StoreUnavailable);
    other.close();
    const claim = newClaim();
    while ((await store.claim(claim).catch(() => 'unavailable')) === 'unavailable');
    expect(await store.claim({ ...claim, requestId: 'req_other' })).toMatchObject({ requestId: claim.requestId });
  });

  it('of a newer schema is refused', async () => {
    await (await SqliteIdempotencyStore.open(file)).close();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await expect(SqliteIdempotencyStore.open(file)).rejects.toBeInstanceOf(StoreUnavailable);
  });
});
