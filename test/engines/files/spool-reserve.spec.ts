import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { FileSpool } from '../../../src/engines/files/spool.js';
import type { SpoolReservation } from '../../../src/ledger/usage/spool.js';
import { spoolBytesOf, type SpooledUsage } from '../../../src/ledger/usage/spooled-usage.js';
import { spooled } from '../../support/measured.js';
import { skipUnless } from '../../support/skip.js';
import { canMount, NO_MOUNT, SmallDisk } from '../../support/small-disk.js';

const MASTER_KEY = Buffer.alloc(32, 7);
const MB = 1024 * 1024;
const BYTES = spoolBytesOf('fc:openai/gpt-4o-mini', undefined);

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(true));

let opened: FileSpool[] = [];
afterEach(async () => {
  for (const spool of opened) await spool.close().catch(() => undefined);
  opened = [];
});

async function open(folder: string, spoolReserveBytes = 4 * MB): Promise<FileSpool> {
  const spool = new FileSpool(folder, { masterKey: MASTER_KEY, spoolReserveBytes });
  opened.push(spool);
  await spool.open();
  return spool;
}

async function emptied(spool: FileSpool): Promise<string[]> {
  const entries: SpooledUsage[] = [];
  for (let entry = spool.first(); entry; entry = spool.first()) {
    entries.push(entry);
    await spool.removeFirst();
  }
  return entries.map(({ requestId }) => requestId);
}

const requests = (count: number) => Array.from({ length: count }, (_, n) => `req_${n}`);

skipUnless(canMount, NO_MOUNT).describe('on a full disk', () => {
  let disk: SmallDisk;
  let folder: string;

  beforeEach(() => {
    disk = SmallDisk.mount(8);
    folder = join(disk.directory, 'spool');
  });

  afterEach(() => disk.unmount());

  it('S5 everything that room was kept for is taken, durable, and in order; and all goes on once there is room', async () => {
    const spool = await open(folder);
    const rooms: SpoolReservation[] = [];
    for (let call = 0; call < 200; call++) rooms.push(await spool.reserve(BYTES));
    disk.fill();
    // Twice: an attempt may have two records.
    const wanted = [...requests(200), ...requests(200)];
    for (const request of wanted) await spool.put(spooled({ request }));
    expect(spool.size).toBe(400);
    for (const reservation of rooms) reservation.release();
    // A process that is killed leaves the same bytes behind.
    await spool.close();
    disk.free();
    const next = await open(folder);
    expect(await emptied(next)).toEqual(wanted);
    await next.check();
    (await next.reserve(BYTES)).release();
    expect((await readdir(folder)).map((name) => name.replace(/^[^.]+/, '')).toSorted()).toEqual([
      '.spool',
      '.spool.lock',
      '.spool.reserve',
    ]);
  });

  it('S5 what was put before the disk filled up comes before what was put after, and a new reserve is made once all is booked', async () => {
    const spool = await open(folder);
    await spool.put(spooled({ request: 'before' }));
    const reservation = await spool.reserve(BYTES);
    disk.fill();
    await spool.put(spooled({ request: 'full' }));
    disk.free();
    await spool.put(spooled({ request: 'after' }));
    reservation.release();
    expect(await emptied(spool)).toEqual(['before', 'full', 'after']);
    const reserve = (await readdir(folder)).find((name) => name.endsWith('.reserve'))!;
    expect((await readFile(join(folder, reserve))).every((byte) => byte === 0)).toBe(true);
    await spool.check();
  });

  it('S5 no room is promised that could not be allocated', async () => {
    const spool = await open(folder);
    const rooms = [];
    disk.fill();
    let refused: unknown;
    while (!refused) {
      try {
        rooms.push(await spool.reserve(BYTES));
      } catch (error) {
        refused = error;
      }
    }
    expect(rooms.length).toBeGreaterThan(100);
    expect(String(refused)).toMatch(/ENOSPC/);
    for (let n = 0; n < 2 * rooms.length; n++) await spool.put(spooled({ request: `req_${n}` }));
    expect(spool.size).toBe(2 * rooms.length);
    // Used up and no room for another: nothing more is promised, and the reason is said.
    await emptied(spool);
    for (const reservation of rooms) reservation.release();
    await expect((async () => spool.check().then(() => spool.reserve(2 * MB)))()).rejects.toThrow();
    disk.free();
    await spool.check();
    (await spool.reserve(BYTES)).release();
  });
});

describe('the reserve', () => {
  let folder: string;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'ringside-reserve-')), 'spool');
  });

  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  const reserveFile = async () =>
    join(
      folder,
      (await readdir(folder)).find((name) => name.endsWith('.reserve'))!,
    );

  it('S5 is allocated on disk and not only promised, grows with the calls under way, and not beyond its limit', async () => {
    const spool = await open(folder, 2 * MB);
    const { size, blocks } = await stat(await reserveFile());
    expect([size, blocks * 512 >= size]).toEqual([MB, true]);
    const rooms: SpoolReservation[] = [];
    for (let n = 0; n < Math.floor((2 * MB) / BYTES); n++) rooms.push(await spool.reserve(BYTES));
    const grown = await stat(await reserveFile());
    expect([grown.size, grown.blocks * 512 >= grown.size]).toEqual([2 * MB, true]);
    await expect((async () => spool.reserve(BYTES))()).rejects.toThrow('no space is left');
    rooms[0]!.release();
    rooms[0]!.release();
    rooms.push(await spool.reserve(BYTES));
    await expect((async () => spool.reserve(BYTES))()).rejects.toThrow('no space is left');
  });

  it('is gone when the process has ended well, and is not taken for usage by the next one when it has not', async () => {
    const spool = await open(folder);
    const path = await reserveFile();
    const zeros = await readFile(path);
    await spool.close();
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path, zeros);
    await writeFile(path.replace('.reserve', ''), '');
    const next = await open(folder);
    expect([next.size, existsSync(path)]).toEqual([0, false]);
  });

  it('S20 what is written to a file that is gone counts as not written', async () => {
    const spool = await open(folder);
    await rm(folder, { recursive: true });
    await expect(spool.put(spooled())).rejects.toThrow(/was removed while it was in use/);
    expect(spool.size).toBe(0);
    await expect(spool.check()).rejects.toThrow(/was removed while it was in use/);
  });
});

it('the room of an attempt takes its two records, whatever the caller said of it', async () => {
  const personal = {
    tags: Array.from({ length: 10 }, (_, n) => `${n}`.repeat(128)),
    properties: Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`${n}`.padEnd(64, 'n'), '\u{1F600}"'.repeat(85)]),
    ),
    sessionId: '\\'.repeat(128),
  };
  const directory = await mkdtemp(join(tmpdir(), 'ringside-room-'));
  const spool = await open(join(directory, 'spool'));
  for (const said of [undefined, personal]) {
    const before = (
      await stat(
        join(
          directory,
          'spool',
          (await readdir(join(directory, 'spool'))).find((f) => f.endsWith('.spool'))!,
        ),
      )
    ).size;
    for (let record = 0; record < 2; record++) await spool.put(spooled({ personal: said }));
    const after = (
      await stat(
        join(
          directory,
          'spool',
          (await readdir(join(directory, 'spool'))).find((f) => f.endsWith('.spool'))!,
        ),
      )
    ).size;
    expect(after - before).toBeLessThanOrEqual(spoolBytesOf('fc:openai/gpt-4o-mini', said));
  }
});
