import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDocumentStore } from '../../../src/views/adapters/sqlite-document-store.js';
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
});
