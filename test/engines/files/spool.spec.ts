import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createSecretKey } from 'node:crypto';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { ConfigError } from '../../../src/config/config.js';
import { derivedKey } from '../../../src/config/derived-key.js';
import { FileSpool } from '../../../src/engines/files/spool.js';
import { seal } from '../../../src/ledger/keys/sealing.js';
import { measuredUsage, spooledUsage, type SpooledUsage } from '../../../src/ledger/usage/spooled-usage.js';
import { measured, spooled } from '../../support/measured.js';

const MASTER_KEY = Buffer.alloc(32, 7);
const HERE = new URL('.', import.meta.url).pathname;

let parent: string;
let folder: string;
let opened: FileSpool[];
let warnings: string[];

beforeEach(async () => {
  warnings = [];
  Logger.overrideLogger({ log: () => undefined, error: () => undefined, warn: (text: string) => warnings.push(text) });
  parent = await mkdtemp(join(tmpdir(), 'ringside-spool-'));
  folder = join(parent, 'spool');
  opened = [];
});

afterAll(() => Logger.overrideLogger(true));

afterEach(async () => {
  for (const spool of opened) await spool.close();
  await rm(parent, { recursive: true });
});

async function open(masterKey = MASTER_KEY): Promise<FileSpool> {
  const spool = new FileSpool(folder, { masterKey });
  opened.push(spool);
  await spool.open();
  return spool;
}

/** What a spool that lies in no process's hands holds, taken over and given back. */
async function left(): Promise<string[]> {
  const spool = await open();
  const entries = await emptied(spool);
  await spool.close();
  return entries.map(({ requestId }) => requestId);
}

async function emptied(spool: FileSpool): Promise<SpooledUsage[]> {
  const entries: SpooledUsage[] = [];
  for (let entry = spool.first(); entry; entry = spool.first()) {
    entries.push(entry);
    await spool.removeFirst();
  }
  return entries;
}

async function spoolFiles(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.spool')).map((name) => join(folder, name));
}

/** A file that a process left behind with these lines, each of one entry. */
async function leftBehind(...requests: string[]): Promise<string> {
  const spool = await open();
  for (const request of requests) await spool.put(spooled({ request }));
  const [path] = await spoolFiles();
  await spool.close();
  return path!;
}

const REQUESTS = ['req_a', 'req_b', 'req_c'];

describe('the spool', () => {
  it('gives entries back in the order they were put, until they are removed, and leaves no file behind', async () => {
    const spool = await open();
    await Promise.all(REQUESTS.map((request) => spool.put(spooled({ request }))));
    expect([spool.size, spool.first()!.requestId, spool.first()!.requestId]).toEqual([3, 'req_a', 'req_a']);
    expect((await emptied(spool)).map(({ requestId }) => requestId)).toEqual(REQUESTS);
    expect(spool.size).toBe(0);
    expect((await stat((await spoolFiles())[0]!)).size).toBe(0);
    await spool.put(spooled({ request: 'req_d' }));
    expect(await emptied(spool)).toHaveLength(1);
    await spool.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('counts an entry from the moment it is handed over', async () => {
    const spool = await open();
    const put = spool.put(spooled());
    expect([spool.size, spool.first()]).toEqual([1, undefined]);
    await put;
    expect([spool.size, spool.first()!.requestId]).toEqual([1, 'req_1']);
  });

  it('keeps amounts, holds, personal fields and the ids of the events as they were', () => {
    const amount = fc.option(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String));
    const holds = fc.option(
      fc.record({
        hold: fc.string(),
        month: fc.constantFrom('202611', '202612'),
        costNanoUsd: amount,
        walletNanoUsd: amount,
        bound: fc.option(fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat(), outputLimit: fc.nat() }), {
          nil: undefined,
        }),
      }),
      { nil: undefined },
    );
    const personals = fc.option(
      fc.record({ tags: fc.array(fc.string({ unit: 'grapheme' })), sessionId: fc.string() }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(holds, personals, fc.string({ minLength: 1 }), (hold, personal, request) => {
        const before = measured({ hold, personal, request });
        const after = measuredUsage(
          JSON.parse(JSON.stringify(spooledUsage('acct_1', 'cust_1', before, '202611'))) as SpooledUsage,
        );
        expect(after).toEqual(before);
        expect(after.cause.id).toBe(request);
      }),
    );
  });

  it('shows nobody what is in it', async () => {
    const spool = await open();
    await spool.put(spooled({ personal: { tags: ['tag-canary'] }, request: 'req_canary' }));
    const [path] = await spoolFiles();
    const bytes = await readFile(path!, 'latin1');
    expect(bytes).not.toMatch(/canary/);
    expect(Buffer.from(bytes, 'base64').toString('latin1')).not.toMatch(/canary/);
    expect([(await stat(folder)).mode & 0o777, (await stat(path!)).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('cannot be opened where nothing can be written, and says so in one line', async () => {
    await writeFile(folder, 'a file where the folder should be');
    await expect(open()).rejects.toThrow(new RegExp(`^${folder} must be a directory Ringside can write to: .*$`));
  });
});

describe('what a process leaves behind', () => {
  it('is taken over by the next one, before what that one puts', async () => {
    const spool = await open();
    for (const request of REQUESTS) await spool.put(spooled({ request }));
    await spool.removeFirst();
    await spool.close();
    const next = await open();
    await next.put(spooled({ request: 'req_d' }));
    // Only a file that is done with goes, so the one removed above is there again: whoever books it looks first.
    expect((await emptied(next)).map(({ requestId }) => requestId)).toEqual([...REQUESTS, 'req_d']);
    expect(await spoolFiles()).toHaveLength(1);
  });

  it('is left alone as long as that process lives, and taken over when it is asked for later', async () => {
    const first = await open();
    await first.put(spooled());
    const second = await open();
    expect(second.size).toBe(0);
    await first.close();
    expect(second.size).toBe(0);
    await second.open();
    expect(second.size).toBe(1);
  });

  it('goes to exactly one of several that look for it at once', async () => {
    await leftBehind(...REQUESTS);
    const spools = await Promise.all(Array.from({ length: 8 }, () => open()));
    expect(spools.map(({ size }) => size).toSorted()).toEqual([0, 0, 0, 0, 0, 0, 0, 3]);
  });

  it('R17 SIGKILL at every step leaves an explainable ledger (spool): a write that was cut off anywhere takes no other with it', async () => {
    const path = await leftBehind(...REQUESTS);
    const text = await readFile(path, 'latin1');
    const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
    await rm(path);
    for (let cut = 0; cut <= text.length; cut += 37) {
      await writeFile(path, text.slice(0, cut));
      const whole = ends.filter((end) => end < cut);
      expect([cut, await left()]).toEqual([cut, REQUESTS.slice(0, whole.length)]);
      const reported = warnings
        .splice(0)
        .some(
          (warning) =>
            warning === `${path} ends in an incomplete line; its call was never answered, and is not recorded`,
        );
      expect([cut, reported]).toEqual([cut, cut > (whole.at(-1) ?? -1) + 1]);
      // A page that never reached the disk reads as zeros, though the file is as long as it should be.
      await writeFile(
        path,
        `${text.slice(0, ends[1]! + 1)}${'\0'.repeat(cut % 100)}${text.slice(ends[1]! + 1 + (cut % 100))}`,
      );
      expect([cut, await left()]).toEqual([cut, cut % 100 === 0 ? REQUESTS : REQUESTS.slice(0, 2)]);
    }
  });

  it.each([0, 1, 2])('stops the start when line %s is damaged', async (line) => {
    const path = await leftBehind(...REQUESTS);
    const lines = (await readFile(path, 'latin1')).split('\n');
    const at = lines[line]!.length / 2;
    lines[line] = `${lines[line]!.slice(0, at)}${lines[line]![at] === 'A' ? 'B' : 'A'}${lines[line]!.slice(at + 1)}`;
    await writeFile(path, lines.join('\n'));
    await expect(open()).rejects.toThrow(
      new RegExp(
        `^line ${line + 1} of ${path} cannot be read: it is damaged, or was written under another RINGSIDE_MASTER_KEY; .*$`,
      ),
    );
    expect(await readFile(path, 'latin1')).toBe(lines.join('\n'));
  });

  it('stops the start when a line is missing, or was moved from elsewhere', async () => {
    const path = await leftBehind(...REQUESTS);
    const lines = (await readFile(path, 'latin1')).split('\n');
    for (const wrong of [lines.slice(1), [lines[0], ...lines.slice(2)], [lines[1], lines[0], ...lines.slice(2)]]) {
      await writeFile(path, wrong.join('\n'));
      await expect(open()).rejects.toThrow(ConfigError);
    }
    await rm(path);
    await writeFile(join(folder, 'another.spool'), lines.join('\n'));
    await expect(open()).rejects.toThrow(/^line 1 of /);
  });

  it('stops the start under another master key, and waits for the right one', async () => {
    await leftBehind('req_a');
    await expect(open(Buffer.alloc(32, 8))).rejects.toThrow(/RINGSIDE_MASTER_KEY/);
    expect(await left()).toEqual(['req_a']);
  });

  it('stops the start when a newer Ringside wrote it', async () => {
    const path = await leftBehind('req_a');
    const key = createSecretKey(derivedKey(MASTER_KEY, 'spool'));
    const line = JSON.stringify({ version: 2, entries: [] });
    await writeFile(path, `${seal(key, `${path.slice(folder.length + 1)}:0`, line).toString('base64')}\n`);
    await expect(open()).rejects.toThrow(`line 1 of ${path} was written by a newer version of Ringside`);
  });
});

/**
 * Starts a process that spools; see there. `maxFileBlocks` limits every file it writes, in the shell's blocks of 512 or
 * 1024 bytes.
 */
function startSpooling(count: number, maxFileBlocks?: number): ChildProcess {
  const typescript = [
    '--experimental-transform-types',
    '--disable-warning=ExperimentalWarning',
    '--import',
    join(HERE, '../../support/typescript-imports.mjs'),
  ];
  const program = [process.execPath, ...typescript, join(HERE, 'spooling-process.ts')];
  const limit = maxFileBlocks === undefined ? '' : `ulimit -f ${maxFileBlocks};`;
  return spawn(
    'sh',
    ['-c', `${limit} exec "$0" "$@"`, ...program, folder, MASTER_KEY.toString('base64'), String(count)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
}

/** Listens until the process is gone; `heard` is called after each line. */
async function listen(child: ChildProcess, heard: (line: string, count: number) => void): Promise<string[]> {
  const said: string[] = [];
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout! })) {
    said.push(line);
    heard(line, said.length);
  }
  await ended;
  return said;
}

describe('a process that is killed', () => {
  it('R17 SIGKILL at every step leaves an explainable ledger (spool): what was put is there, in order, after each of six kills', async () => {
    for (let round = 0; round < 6; round++) {
      const killAfter = 1 + Math.floor(Math.random() * 200);
      const child = startSpooling(Number.MAX_SAFE_INTEGER);
      const said = await listen(child, (_, count) => count === killAfter && child.kill('SIGKILL'));
      expect(child.signalCode).toBe('SIGKILL');
      const requests = await left();
      expect(requests).toEqual(requests.map((_, n) => `req_${n}`));
      expect(requests.length).toBeGreaterThanOrEqual(said.length);
      expect(await readdir(folder)).toEqual([]);
    }
  }, 60_000);

  it('is not robbed while it lives', async () => {
    const child = startSpooling(5);
    const sizes: Promise<number>[] = [];
    await listen(child, (line) => {
      if (line === 'put 4') sizes.push(open().then(({ size }) => (child.kill('SIGKILL'), size)));
    });
    expect(await Promise.all(sizes)).toEqual([0]);
    await opened[0]!.open();
    expect(opened[0]!.size).toBe(5);
  }, 30_000);

  it('loses nothing to a disk that is full, and writes again once there is room', async () => {
    const child = startSpooling(Number.MAX_SAFE_INTEGER, 16);
    const said = await listen(child, (line) => line === 'put again' && child.kill('SIGKILL'));
    expect(said.slice(-3)).toEqual(['full', 'still full, and req_0 comes first', 'put again']);
    expect(await left()).toEqual(['req_again']);
  }, 30_000);
});

it('a spool that is emptied while another entry comes in keeps that one', async () => {
  const spool = await open();
  for (let n = 0; n < 50; n++) {
    await spool.put(spooled({ request: `req_${n}` }));
    await Promise.all([spool.removeFirst(), spool.put(spooled({ request: `req_${n}_too` }))]);
    const path = (await spoolFiles())[0]!;
    expect([spool.size, (await stat(path)).size > 0]).toEqual([1, true]);
    await spool.removeFirst();
    expect((await stat(path)).size).toBe(0);
  }
});
