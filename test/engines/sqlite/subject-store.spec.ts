import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { SqliteSubjectStore } from '../../../src/engines/sqlite/subject-store.js';
import { describeSubjectStoreContract, newSubject } from '../../contracts/subject-store.js';

const newFolder = () => mkdtemp(join(tmpdir(), 'ringside-subjects-'));

describeSubjectStoreContract('SQLite', async () => {
  const folder = await newFolder();
  return {
    connect: () => SqliteSubjectStore.open(join(folder, 'subjects.sqlite')),
    dispose: () => rm(folder, { recursive: true }),
  };
});

it('R18 a file that is busy for too long is unavailable, and enrolling again is safe', async () => {
  const folder = await newFolder();
  const file = join(folder, 'subjects.sqlite');
  const store = await SqliteSubjectStore.open(file, { busyTimeoutMs: 50 });
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const subject = newSubject();
  await expect(store.enrol(subject)).rejects.toBeInstanceOf(StoreUnavailable);
  expect(await store.byCustomer(subject.customer)).toBeUndefined();
  other.close();
  expect(await store.enrol(subject)).toEqual(subject);
  await store.close();
  await rm(folder, { recursive: true });
});

it('a destroyed key is overwritten in every file of the store', async () => {
  const folder = await newFolder();
  const file = join(folder, 'subjects.sqlite');
  const store = await SqliteSubjectStore.open(file);
  const subjects = Array.from({ length: 200 }, () => newSubject({ account: 'acct_same' }));
  for (const subject of subjects) await store.enrol(subject);
  const inFiles = async ({ wrappedKey }: (typeof subjects)[number]) => {
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
    return files.some((bytes) => bytes.includes(Buffer.from(wrappedKey)));
  };
  const [gone, stays] = [subjects[100]!, subjects[101]!];
  expect([await inFiles(gone), await inFiles(stays)]).toEqual([true, true]);
  await store.destroy(gone.customer);
  expect([await inFiles(gone), await inFiles(stays)]).toEqual([false, true]);
  await store.close();
  await rm(folder, { recursive: true });
});
