import { closeSync, cpSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { verify } from '../../src/audit/verify.js';
import { loadConfig } from '../../src/config/load-config.js';
import { SqliteEventStore } from '../../src/engines/sqlite/event-store.js';
import type { NewEvent } from '../../src/ledger/journal/event-store.js';
import { serve } from '../../src/serve.js';
import type { DocumentStore } from '../../src/views/document-store.js';
import { collect } from '../contracts/event-store.js';
import { audit, writeBook } from './audited-book.js';

const EVENTS = 600;

let sound: string;
let dir: string;

beforeAll(async () => {
  sound = (await writeBook()).dir;
  const store = await SqliteEventStore.open(join(sound, 'ledger.db'));
  for (let n = 0; n < EVENTS; n++) {
    const event: NewEvent = {
      id: `event-${n}`,
      type: 'Strange',
      data: JSON.stringify({ n, text: 'x'.repeat(500) }),
      metadata: { version: '1' },
    };
    await store.append('account-strange', n === 0 ? 'no_stream' : n - 1, [event]);
  }
  await store.close();
});

afterAll(() => rmSync(sound, { recursive: true }));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringside-damage-'));
  cpSync(sound, dir, { recursive: true });
});

afterEach(() => rmSync(dir, { recursive: true }));

interface Page {
  readonly number: number;
  /** In bytes, as is that of every page of the file. */
  readonly size: number;
  /** How many events lie in it. */
  readonly events: number;
}

/** The pages of a table or index, in the order of its keys. */
function leavesOf(name: string): Page[] {
  const database = new DatabaseSync(join(dir, 'ledger.db'));
  const pages = database
    .prepare(
      "SELECT pageno AS number, pgsize AS size, ncell AS events FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path",
    )
    .all(name) as unknown as Page[];
  database.close();
  return pages;
}

/** Writes over pages of the closed file, as a bad disk would. */
function smash(...pages: readonly Page[]): void {
  const file = openSync(join(dir, 'ledger.db'), 'r+');
  for (const { number, size } of pages) writeSync(file, Buffer.alloc(size, 0xa5), 0, size, (number - 1) * size);
  closeSync(file);
}

/** The positions in a leaf of the events' table. */
function positionsIn(leaves: readonly Page[], at: number): [first: number, last: number] {
  const before = leaves.slice(0, at).reduce((sum, { events }) => sum + events, 0);
  return [before + 1, before + leaves[at]!.events];
}

const damageIn = ({ findings }: { findings: readonly { problem: string }[] }) =>
  findings.map(({ problem }) => problem).filter((problem) => problem.includes('cannot be read: /'));

it('S19 the audit names the range of each smashed page, and goes on behind it', async () => {
  const leaves = leavesOf('events');
  const smashed = [3, Math.floor(leaves.length / 2), leaves.length - 2];
  smash(...smashed.map((at) => leaves[at]!));
  const report = await audit(dir);
  expect(damageIn(report)).toEqual(
    smashed.map((at) => {
      const [first, last] = positionsIn(leaves, at);
      return `positions ${first} to ${last} cannot be read: ${join(dir, 'ledger.db')}: database disk image is malformed`;
    }),
  );
  const lost = smashed.reduce((sum, at) => sum + leaves[at]!.events, 0);
  const whole = leaves.reduce((sum, { events }) => sum + events, 0);
  expect(report.events).toBe(whole - lost);
  expect(report.problems).toBeGreaterThanOrEqual(smashed.length);
});

it('S19 the audit names the range also when it is the end or the beginning of the book, and compares no views with that', async () => {
  const leaves = leavesOf('events');
  smash(leaves.at(-1)!);
  const [first, last] = positionsIn(leaves, leaves.length - 1);
  expect(damageIn(await audit(dir))).toEqual([expect.stringContaining(`positions ${first} to ${last} cannot be read`)]);
  const store = await SqliteEventStore.open(join(dir, 'ledger.db'));
  const lookedAt = () => Promise.reject(new Error('the views were looked at'));
  const live = {
    checkpoint: () => Promise.resolve(first),
    declare: () => Promise.resolve(),
    count: lookedAt,
    getMany: lookedAt,
    findTogether: lookedAt,
    write: lookedAt,
  } as unknown as DocumentStore;
  expect(damageIn(await verify(store, { projections: [], decoder: live as never, live, scratch: live }))).toHaveLength(
    1,
  );
  await store.close();
  smash(leaves[0]!);
  const end = positionsIn(leaves, 0)[1];
  expect(damageIn(await audit(dir))[0]).toContain(`positions 1 to ${end} cannot be read`);
});

it('S19 two smashed pages in a row are one range', async () => {
  const leaves = leavesOf('events');
  smash(leaves[5]!, leaves[6]!);
  expect(damageIn(await audit(dir))).toEqual([
    expect.stringContaining(`positions ${positionsIn(leaves, 5)[0]} to ${positionsIn(leaves, 6)[1]} cannot be read`),
  ]);
});

it.each(['events', 'sqlite_autoindex_events_1'])(
  'S19 a start on a smashed page of %s ends with one line that says what to do',
  async (name) => {
    smash(leavesOf(name).at(-1)!);
    const config = loadConfig({ RINGSIDE_DATA_DIR: dir, PORT: '0', LOG_LEVEL: 'silent' });
    await expect(serve(config)).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(
        /^ledger\.db in RINGSIDE_DATA_DIR is damaged \([^\n]+\): "ringside audit verify" lists what cannot be read; [^\n]+$/,
      ),
    });
  },
);

it('S19 a store that has met a damaged page says so from then on, and still gives what can be read', async () => {
  const leaves = leavesOf('events');
  smash(leaves[4]!);
  const store = await SqliteEventStore.open(join(dir, 'ledger.db'));
  await store.check();
  await expect(collect(store.readAll(0))).rejects.toMatchObject({ name: 'StoreUnavailable', isDamaged: true });
  await expect(store.check()).rejects.toThrow(/ledger\.db: database disk image is malformed/);
  expect((await collect(store.readAll(positionsIn(leaves, 4)[1]))).length).toBeGreaterThan(0);
  await store.close();
});
