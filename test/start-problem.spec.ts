import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../src/config/config.js';
import { loadConfig } from '../src/config/load-config.js';
import { serve } from '../src/serve.js';
import { startProblem } from '../src/start-problem.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringside-start-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

it.each(['ledger', 'subjects', 'views', 'work'])('S26 a start that cannot open %s.db is one line that names the file', async (name) => {
  const file = join(dir, `${name}.db`);
  writeFileSync(file, 'no database at all, but long enough to look like one'.repeat(200));
  const error = await serve(loadConfig({ RINGSIDE_DATA_DIR: dir, PORT: '0', LOG_LEVEL: 'silent' })).catch((thrown: unknown) => thrown);
  const line = startProblem(error);
  expect(line).toContain(`${file}: file is not a database`);
  expect(line.split('\n')).toHaveLength(1);
  expect(line.split('not a database')).toHaveLength(2);
});

it('S26 a data directory on a file system that takes none is an error at once', () => {
  expect(() => loadConfig({ RINGSIDE_DATA_DIR: '/proc/ringside/data' })).toThrow(ConfigError);
  expect(() => loadConfig({ RINGSIDE_DATA_DIR: '/proc/ringside/data' })).toThrow(/^RINGSIDE_DATA_DIR must be a directory/);
});

it('a wrong setting is its own line, the machine says why, and a fault of the program shows where it is', () => {
  expect(startProblem(new ConfigError('PORT must be a port'))).toBe('PORT must be a port');
  const refused = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
  expect(startProblem(refused)).toBe('listen EADDRINUSE');
  expect(startProblem(new Error('the guard could not be tried', { cause: refused }))).toBe(
    'the guard could not be tried: listen EADDRINUSE',
  );
  expect(startProblem(new Error('oops'))).toMatch(/^Error: oops\n +at /);
});
