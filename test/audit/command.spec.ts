import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAudit } from '../../src/run-audit.js';
import { Ringside } from '../support/ringside.js';
import { TamperedBook } from './audited-book.js';

let dir: string;
beforeAll(async () => {
  const ringside = await Ringside.start();
  ({ dir } = ringside);
  for (const user of ['ada', 'bob'])
    await ringside.chat({ model: 'fc:sandbox/echo', user, messages: [{ role: 'user', content: 'Hi' }] });
  await ringside.settled();
  await ringside.stop();
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs `ringside audit verify` on a copy of the directory. */
async function auditCopy(change: (copy: string) => void = () => undefined) {
  const copy = join(mkdtempSync(join(tmpdir(), 'ringside-audited-')), 'data');
  cpSync(dir, copy, { recursive: true });
  change(copy);
  const before = contentOf(copy);
  const result = await audit({ RINGSIDE_DATA_DIR: copy });
  return { ...result, copy, before, after: contentOf(copy) };
}

async function audit(variables: Record<string, string>) {
  const lines: string[] = [];
  const exitCode = await runAudit((line) => lines.push(line), variables);
  return { exitCode, lines };
}

/** A digest of each file that holds something; SQLite's own, which are empty or shared memory, left out. */
function contentOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const contents = files.map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))] as const);
  const kept = contents.filter(([name, content]) => !name.endsWith('-shm') && content.length > 0);
  return Object.fromEntries(kept.map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]));
}

describe('ringside audit verify', () => {
  it('reads and writes nothing: every file has the bytes it had', async () => {
    const { exitCode, lines, before, after } = await auditCopy();
    expect({ exitCode, lines }).toEqual({
      exitCode: 0,
      lines: [expect.stringMatching(/^\d+ events in \d+ streams and [1-9]\d* documents .*no problems$/)],
    });
    expect(after).toEqual(before);
  });

  it('needs no views: a book without them is checked by itself', async () => {
    const { exitCode, lines } = await auditCopy((copy) => rmSync(join(copy, 'views.db')));
    expect({ exitCode, lines }).toEqual({ exitCode: 0, lines: [expect.stringContaining('and 0 documents')] });
  });

  it('ends with exit code 1 and the position of what was changed', async () => {
    const { exitCode, lines, copy } = await auditCopy((copied) => {
      const book = new TamperedBook(copied);
      book.edit(book.rows("e.type = 'UsageRecorded'")[0]!, (data) => (data['costNanoUsd'] = '1'));
      book.close();
    });
    expect(exitCode).toBe(1);
    expect(lines.join('\n')).toMatch(/^position \d+, statement-.*the chain breaks/m);
    expect(lines.at(-1)).toMatch(/\d+ problems$/);
    rmSync(copy, { recursive: true });
  });

  it('refuses a directory without a ledger in one line, and makes nothing there', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'ringside-nothing-'));
    const missing = join(empty, 'missing');
    for (const [directory, key] of [[empty], [missing], [empty, Buffer.alloc(32).toString('base64')]] as const) {
      const { exitCode, lines } = await audit({ RINGSIDE_DATA_DIR: directory, RINGSIDE_MASTER_KEY: key ?? '' });
      expect({ exitCode, lines: lines.length }).toEqual({ exitCode: 1, lines: 1 });
      expect(lines[0]).toContain(directory);
      expect(readdirSync(empty)).toEqual([]);
    }
  });
});
