import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { SqliteEventStore } from '../../../src/engines/sqlite/event-store.js';
import { SqliteSubjectStore } from '../../../src/engines/sqlite/subject-store.js';
import { SqliteIdempotencyStore } from '../../../src/engines/sqlite/idempotency-store.js';
import { SqliteDocumentStore } from '../../../src/engines/sqlite/document-store.js';
import { newEvent } from '../../contracts/event-store.js';
import { skipUnless } from '../../support/skip.js';

/** What every embedded store is here: a file that is opened, checked and closed. */
interface Store {
  check(): Promise<void>;
  close(): Promise<void>;
}

const STORES: readonly [name: string, open: (file: string) => Promise<Store>][] = [
  ['ledger', (file) => SqliteEventStore.open(file)],
  ['subjects', (file) => SqliteSubjectStore.open(file)],
  ['work', (file) => SqliteIdempotencyStore.open(file)],
  ['views', (file) => SqliteDocumentStore.open(file)],
];

let dir: string;
let away: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringside-files-'));
  away = `${dir}-away`;
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
  rmSync(away, { recursive: true, force: true });
});

/** How many locks this process holds on a file, as the kernel says. */
function locksOn(file: string): number {
  const { ino } = statSync(file);
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length;
}

function descriptorsOf(file: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false;
    }
  }).length;
}

/** Ends a store's thread as a fault in it would. */
async function loseThread(store: object): Promise<void> {
  const { line } = (store as { line: { line: { worker: { terminate(): Promise<number> } } } }).line;
  await line.worker.terminate();
}

describe.each(STORES)('the file of %s', (name, open) => {
  const file = () => join(dir, `${name}.db`);

  skipUnless(existsSync('/proc/locks'), 'no /proc/locks').it(
    `S4 keeps its locks when ${name} is opened again in the same process, or its thread is replaced, and has one descriptor`,
    async () => {
      const store = await open(file());
      const locks = locksOn(file());
      expect([locks > 0, descriptorsOf(file())]).toEqual([true, 1]);
      const second = await open(file());
      expect(locksOn(file())).toBeGreaterThanOrEqual(locks);
      await second.close();
      expect(locksOn(file())).toBe(locks);
      await loseThread(store);
      await store.check();
      expect([locksOn(file()), descriptorsOf(file())]).toEqual([locks, 1]);
      await store.close();
      expect(descriptorsOf(file())).toBe(0);
    },
  );

  it(`S20 says that ${name} was removed while it was in use, makes no new file in its place, and goes on when it is back`, async () => {
    const store = await open(file());
    renameSync(dir, away);
    await expect(store.check()).rejects.toThrow(`${file()}: it was removed while it was in use`);
    await loseThread(store);
    await expect(store.check()).rejects.toThrow(`${file()}: it was removed`);
    expect(existsSync(file())).toBe(false);
    renameSync(away, dir);
    await store.check();
    await store.close();
  });

  it(`S20 says that another file was put in the place of ${name}`, async () => {
    const store = await open(file());
    renameSync(file(), `${file()}.old`);
    const other = await open(file());
    await expect(store.check()).rejects.toThrow(/another file was put in its place/);
    await other.close();
    await store.close();
  });

  it(`S26 names ${name} when it is no database`, async () => {
    writeFileSync(file(), 'no database at all, but long enough to look like one'.repeat(100));
    const error = await open(file()).catch((thrown: unknown) => thrown);
    const words = [error, (error as Error).cause].map((one) => (one as Error | undefined)?.message);
    expect(words).toContainEqual(`${file()}: file is not a database`);
  });
});

it('S20 no append is acknowledged that lies in a file which is gone', async () => {
  const store = await SqliteEventStore.open(join(dir, 'ledger.db'));
  const event = newEvent();
  await store.append('account-a', 'no_stream', [event]);
  renameSync(dir, away);
  const refused = store.append('account-a', 0, [newEvent()]);
  await expect(refused).rejects.toBeInstanceOf(StoreUnavailable);
  await store.close();
  renameSync(away, dir);
});

it('the views answer again after their thread was lost, with what was declared before', async () => {
  const store = await SqliteDocumentStore.open(join(dir, 'views.db'));
  const fruit = { name: 'fruit-v1', fields: { colour: 'text' }, indexes: [['colour']] } as const;
  await store.declare([fruit]);
  await store.write([{ collection: 'fruit-v1', puts: [{ id: 'apple', position: 1 }], deletes: [] }], {
    name: 'test',
    position: 1,
  });
  await loseThread(store);
  expect(await store.getMany('fruit-v1', ['apple'])).toEqual([{ id: 'apple', position: 1 }]);
  await store.close();
});
