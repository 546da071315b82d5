import { ConfigError } from '../src/config/config.js';
import { loadConfig } from '../src/config/load-config.js';
import { StoreUnavailable } from '../src/domain/store-unavailable.js';
import { startProblem } from '../src/start-problem.js';

it('S26 a data directory on a file system that takes none is an error at once', () => {
  expect(() => loadConfig({ RINGSIDE_DATA_DIR: '/proc/ringside/data' })).toThrow(ConfigError);
  expect(() => loadConfig({ RINGSIDE_DATA_DIR: '/proc/ringside/data' })).toThrow(
    /^RINGSIDE_DATA_DIR must be a directory/,
  );
});

it('a wrong setting is its own line, the machine says why, and a fault of the program shows where it is', () => {
  expect(startProblem(new ConfigError('PORT must be a port'))).toBe('PORT must be a port');
  const refused = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
  expect(startProblem(refused)).toBe('listen EADDRINUSE');
  expect(startProblem(new Error('the guard could not be tried', { cause: refused }))).toBe(
    'the guard could not be tried: listen EADDRINUSE',
  );
  const store = new Error('/data/ledger.db: file is not a database');
  expect(startProblem(new StoreUnavailable('the ledger', store))).toBe(
    `the ledger does not answer right now: ${store.message}`,
  );
  expect(startProblem(new Error('oops'))).toMatch(/^Error: oops\n +at /);
});
