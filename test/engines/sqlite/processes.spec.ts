import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SqliteEventStore } from '../../../src/engines/sqlite/event-store.js';
import type { StoredEvent, StreamName } from '../../../src/ledger/journal/event-store.js';
import { collect, follow } from '../../contracts/event-store.js';

const HERE = new URL('.', import.meta.url).pathname;
const TYPESCRIPT = [
  '--experimental-transform-types',
  '--disable-warning=ExperimentalWarning',
  '--import',
  join(HERE, '../../support/typescript-imports.mjs'),
];

/** What a writer said: where it was told an event is stored, or which error it got. */
interface Said {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly error: string | undefined;
}

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringside-processes-'));
  file = join(folder, 'ledger.sqlite');
});

afterEach(() => rm(folder, { recursive: true }));

/** @param maxFileBlocks a limit on the size of every file it writes, in the shell's blocks of 512 or 1024 bytes */
function startWriter(streams: readonly StreamName[], count: number, maxFileBlocks?: number): ChildProcess {
  const command = [
    process.execPath,
    ...TYPESCRIPT,
    join(HERE, 'appending-process.ts'),
    file,
    String(count),
    ...streams,
  ];
  const limit = maxFileBlocks === undefined ? '' : `ulimit -f ${maxFileBlocks};`;
  return spawn('sh', ['-c', `${limit} exec "$0" "$@"`, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** Listens until the process ends; `heard` is called after each line. A line that the kill cut off is not counted. */
async function listen(writer: ChildProcess, heard: (count: number) => void = () => undefined): Promise<Said[]> {
  const said: Said[] = [];
  const ended = once(writer, 'close');
  for await (const line of createInterface({ input: writer.stdout! })) {
    const [stream, second, id] = line.split(' ') as [string, string, string?];
    if (id?.length === 36) said.push({ stream, revision: Number(second), id, error: undefined });
    else if (id === undefined) said.push({ stream, revision: -1, id: '', error: second });
    heard(said.length);
  }
  await ended;
  return said;
}

/** Every stream is gap-free, positions rise, and each acknowledged event stands once, where its writer was told. */
function expectKept(book: readonly StoredEvent[], acknowledged: readonly Said[]): void {
  const lengths = new Map<string, number>();
  const places = new Map<string, string>();
  const wrong: unknown[] = [];
  for (const [n, event] of book.entries()) {
    const { stream, revision, position, id } = event;
    if (revision !== (lengths.get(stream) ?? 0) || places.has(id) || (n > 0 && position <= book[n - 1]!.position))
      wrong.push(event);
    lengths.set(stream, revision + 1);
    places.set(id, `${stream} ${revision}`);
  }
  wrong.push(...acknowledged.filter(({ id, stream, revision }) => places.get(id) !== `${stream} ${revision}`));
  expect(wrong).toEqual([]);
}

async function readBook(): Promise<StoredEvent[]> {
  const store = await SqliteEventStore.open(file);
  try {
    return await collect(store.readAll(0));
  } finally {
    await store.close();
  }
}

const STREAMS: StreamName[] = ['statement-a', 'statement-b', 'statement-c', 'statement-d'];

it('R17 every acknowledged event is there exactly once after each of twelve SIGKILLs at random moments', async () => {
  const acknowledged: Said[] = [];
  for (let round = 0; round < 12; round++) {
    const writer = startWriter(STREAMS, Number.MAX_SAFE_INTEGER);
    const killAfter = 1 + Math.floor(Math.random() * 500);
    acknowledged.push(...(await listen(writer, (count) => count === killAfter && writer.kill('SIGKILL'))));
    expect(writer.signalCode).toBe('SIGKILL');
    expectKept(await readBook(), acknowledged);
  }
  expect(acknowledged.length).toBeGreaterThan(12);
}, 60_000);

it('R17 a survivor goes on when the process it shares the file with is killed', async () => {
  const survivor = await SqliteEventStore.open(file);
  const seen = follow(survivor, 0, 400);
  const writer = startWriter(STREAMS, Number.MAX_SAFE_INTEGER);
  const acknowledged = await listen(writer, (count) => count === 300 && writer.kill('SIGKILL'));
  const event = { type: 'UsageRecorded', data: '{}', metadata: {} };
  for (let n = 0; n < 100; n++)
    await survivor.append('statement-survivor', n === 0 ? 'no_stream' : n - 1, [{ ...event, id: `survivor-${n}` }]);
  expectKept(await seen, []);
  await survivor.close();
  const book = await readBook();
  expectKept(book, acknowledged);
  expect(book.filter(({ stream }) => stream === 'statement-survivor')).toHaveLength(100);
}, 30_000);

it('R18 two processes that write the same streams leave each gap-free, and all subscribers see one order', async () => {
  const [first, second] = [await SqliteEventStore.open(file), await SqliteEventStore.open(file)];
  const following = [follow(first, 0, 1600), follow(second, 0, 1600)];
  const writers = [startWriter(STREAMS, 200), startWriter(STREAMS, 200)];
  const acknowledged = (await Promise.all(writers.map((writer) => listen(writer)))).flat();
  const [seenByFirst, seenBySecond] = await Promise.all(following);
  await Promise.all([first.close(), second.close()]);
  expect(acknowledged).toHaveLength(1600);
  expectKept(seenByFirst!, acknowledged);
  expect(seenBySecond).toEqual(seenByFirst);
  expect(await readBook()).toEqual(seenByFirst);
}, 30_000);

it('R18 when the disk takes no more the writers are told, nothing hangs, and what was acknowledged stays', async () => {
  const said = await listen(startWriter(STREAMS, Number.MAX_SAFE_INTEGER, 600));
  const failures = said.filter(({ error }) => error !== undefined);
  expect(failures.map(({ error }) => error)).toEqual(STREAMS.map(() => 'StoreUnavailable'));
  const acknowledged = said.filter(({ error }) => error === undefined);
  expect(acknowledged.length).toBeGreaterThan(0);
  expectKept(await readBook(), acknowledged);
}, 30_000);
