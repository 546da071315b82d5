import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '../src/create-key.js';
import { openLedger } from './support/embedded-ledger.js';
import { Ringside, SERVER_KEY } from './support/ringside.js';

const MASTER_KEY = Buffer.alloc(32).toString('base64');

/** `ringside keys create`, with settings of its own. */
async function create(variables: Record<string, string>, account?: string) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const exitCode = await createKey(
    account,
    (line) => printed.push(line),
    (line) => complaints.push(line),
    variables,
  );
  return { exitCode, printed, complaints };
}

/**
 * A digest of each file in a directory, without those of the ledger itself and what SQLite shares between processes.
 */
function filesBesideLedger(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const beside = files.filter(({ name }) => !name.startsWith('ledger.db') && !/-(shm|wal)$/.test(name));
  return Object.fromEntries(
    beside.map(({ parentPath, name }) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
    ]),
  );
}

describe('ringside keys create', () => {
  let dir: string;
  beforeAll(async () => {
    const ringside = await Ringside.start();
    ({ dir } = ringside);
    // A sealed event in the account's stream, so that the key of a subject is needed to read it.
    await ringside.fetch('/v1/provider_keys/openai', { method: 'PUT', body: { api_key: 'sk-of-the-developer' } });
    await ringside.stop();
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('C5 refuses a directory without a ledger in one line, and makes nothing there', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'ringside-nothing-'));
    const missing = join(empty, 'missing');
    for (const [directory, key] of [
      [empty, ''],
      [missing, ''],
      [empty, MASTER_KEY],
      [missing, MASTER_KEY],
    ] as const) {
      const { exitCode, printed, complaints } = await create({
        RINGSIDE_DATA_DIR: directory,
        RINGSIDE_MASTER_KEY: key,
      });
      expect({ exitCode, printed }).toEqual({ exitCode: 1, printed: [] });
      expect(complaints).toEqual([expect.stringMatching(/^.*RINGSIDE_DATA_DIR.*$/)]);
      expect(complaints[0]).toContain(directory);
      expect(readdirSync(empty)).toEqual([]);
    }
    rmSync(empty, { recursive: true });
  });

  it('C5 refuses a ledger that has no account yet', async () => {
    const ledger = await openLedger();
    await ledger.close();
    expect(await create({ RINGSIDE_DATA_DIR: ledger.dir })).toEqual({
      exitCode: 1,
      printed: [],
      complaints: [`the ledger in ${ledger.dir} is empty; start Ringside once to make its first key`],
    });
  });

  it('C5 appends one event and changes nothing else; the key works at the next start, beside the first one', async () => {
    const before = filesBesideLedger(dir);
    const { exitCode, printed, complaints } = await create({ RINGSIDE_DATA_DIR: dir });
    expect({ exitCode, printed, complaints }).toEqual({
      exitCode: 0,
      printed: [expect.stringMatching(/^ko_[0-9A-Za-z]{40}$/)],
      complaints: [],
    });
    expect(filesBesideLedger(dir)).toEqual(before);
    const ringside = await Ringside.start({ dir });
    const statusWith = async (key: string) =>
      (await ringside.fetch('/v1/models', { headers: { authorization: `Bearer ${key}` } })).status;
    expect([await statusWith(printed[0]!), await statusWith(SERVER_KEY)]).toEqual([200, 200]);
    await ringside.stop();
  });

  it('C5 says that there is no such account', async () => {
    expect(await create({ RINGSIDE_DATA_DIR: dir }, 'acct_nobody')).toEqual({
      exitCode: 1,
      printed: [],
      complaints: ['there is no such account'],
    });
  });
});
