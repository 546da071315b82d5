import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDocumentStore } from '../../../src/engines/sqlite/document-store.js';
import type { Document } from '../../../src/views/document-store.js';
import { describeDocumentStoreContract } from '../../contracts/document-store.js';

const newDirectory = () => mkdtempSync(join(tmpdir(), 'ringside-views-'));

describeDocumentStoreContract('SQLite', async () => {
  const directory = newDirectory();
  return {
    connect: () => SqliteDocumentStore.open(join(directory, 'views.db')),
    dispose: async () => rmSync(directory, { recursive: true }),
  };
});

describe('SqliteDocumentStore', () => {
  let directory: string;

  beforeEach(() => {
    directory = newDirectory();
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it('makes its folder, and a file that nobody else can read', async () => {
    const file = join(directory, 'deep', 'down', 'views.db');
    const store = await SqliteDocumentStore.open(file);
    await store.write([], { name: 'test', position: 1 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('does not open what is no database', async () => {
    const file = join(directory, 'views.db');
    writeFileSync(file, 'no database at all, but long enough to look like one'.repeat(100));
    await expect(SqliteDocumentStore.open(file)).rejects.toThrow();
  });

  it('S12 endless reads that overlap do not make the log grow without end', async () => {
    const file = join(directory, 'views.db');
    const store = await SqliteDocumentStore.open(file);
    const collection = { name: 'fruit-v1', fields: {}, indexes: [] };
    await store.declare([collection]);
    let snapshot = await store.snapshot();
    for (let position = 1; position <= 700; position++) {
      // Equal pages are not written again, so all of the note is new.
      const note = String(position % 10).repeat(100_000);
      await store.write(
        [{ collection: collection.name, puts: [{ id: 'apple', position, note } as Document], deletes: [] }],
        {
          name: 'test',
          position,
        },
      );
      const next = store.snapshot();
      // By the second answer the next one has begun, unless it waits for this one.
      for (let turn = 0; turn < 2; turn++) await snapshot.findTogether([]);
      await snapshot.end();
      snapshot = await next;
    }
    const [[apple]] = (await snapshot.findTogether([{ collection: collection.name, filter: {} }])) as [[Document]];
    expect(apple.position).toBe(700);
    // All that was written is 70 MB.
    expect(statSync(`${file}-wal`).size).toBeLessThan(35_000_000);
    await snapshot.end();
    await store.close();
  });
});
