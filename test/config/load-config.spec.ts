import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';

const emptyDir = () => mkdtempSync(join(tmpdir(), 'ringside-config-'));
const load = (variables: Record<string, string> = {}) => loadConfig({ RINGSIDE_DATA_DIR: emptyDir(), ...variables });

describe('the configuration', () => {
  it('is complete and frozen without any variable', () => {
    const config = load();
    expect(config).toMatchObject({
      port: 4242,
      host: '127.0.0.1',
      sandbox: true,
      logLevel: 'info',
      bodyLimitBytes: 10 * 1024 * 1024,
      bootstrapKey: undefined,
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.upstreamTimeouts)).toBe(true);
  });

  it('takes several workers, but not with enforced credit, which is counted in one process', () => {
    expect([load().workers, load({ RINGSIDE_WORKERS: '3' }).workers]).toEqual([1, 3]);
    for (const wrong of ['0', '65', '1.5', 'all'])
      expect(() => load({ RINGSIDE_WORKERS: wrong })).toThrow(/^RINGSIDE_WORKERS must be a whole number of processes/);
    const enforced = { RINGSIDE_ACCOUNT_CREDIT: 'enforce' };
    expect(load({ ...enforced, RINGSIDE_WORKERS: '1' }).accountCredit).toBe('enforce');
    expect(() => load({ ...enforced, RINGSIDE_WORKERS: '2' })).toThrow(
      /^RINGSIDE_WORKERS must be 1 while RINGSIDE_ACCOUNT_CREDIT is enforce/,
    );
  });

  it('takes what is set, and an empty variable as unset', () => {
    expect(load({ PORT: '0', HOST: '::1', RINGSIDE_SANDBOX: 'off', LOG_LEVEL: '' })).toMatchObject({
      port: 0,
      host: '::1',
      sandbox: false,
      logLevel: 'info',
    });
  });

  it('makes a master key once, readable by its owner alone, and keeps it', () => {
    const dir = emptyDir();
    const first = loadConfig({ RINGSIDE_DATA_DIR: dir }).masterKey;
    expect(first).toHaveLength(32);
    expect(loadConfig({ RINGSIDE_DATA_DIR: dir }).masterKey).toEqual(first);
    expect(statSync(join(dir, 'master-key')).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(join(dir, 'master-key'), 'utf8'), 'base64')).toEqual(first);
  });

  it("makes an operator's token once, readable by its owner alone, when it is first asked for, and tells who made it", () => {
    const dir = emptyDir();
    const file = join(dir, 'admin-token');
    const config = loadConfig({ RINGSIDE_DATA_DIR: dir });
    expect(existsSync(file)).toBe(false);
    const { text, generated } = config.adminToken();
    expect([text, generated]).toEqual([expect.stringMatching(/^ro_[\w-]{40}$/), true]);
    expect(config.adminToken()).toEqual({ text, generated });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadConfig({ RINGSIDE_DATA_DIR: dir }).adminToken()).toEqual({ text, generated: false });
  });

  it("takes the operator's token that is given, and keeps it out of the data directory", () => {
    const dir = emptyDir();
    const config = loadConfig({ RINGSIDE_DATA_DIR: dir, RINGSIDE_ADMIN_TOKEN: 'sixteen-letters!' });
    expect(config.adminToken()).toEqual({ text: 'sixteen-letters!', generated: false });
    expect(existsSync(join(dir, 'admin-token'))).toBe(false);
  });

  it('prefers the first provider variable that is set', () => {
    const config = load({ OLLAMA_HOST: 'b', OLLAMA_BASE_URL: 'http://a' });
    expect(config.providerSetting(['OLLAMA_BASE_URL', 'OLLAMA_HOST'])).toBe('http://a');
    expect(config.providerSetting(['NONE', 'OLLAMA_HOST'])).toBe('b');
    expect(config.providerSetting(['NONE'])).toBeUndefined();
  });

  it.each<[Record<string, string>, string]>([
    [{ PORT: 'abc' }, 'PORT must be a port number from 0 to 65535, but was "abc"'],
    [{ PORT: '65536' }, 'PORT must be a port number from 0 to 65535, but was "65536"'],
    [{ PORT: '80.5' }, 'PORT must be a port number from 0 to 65535, but was "80.5"'],
    [
      { RINGSIDE_BODY_LIMIT_MB: '-1' },
      'RINGSIDE_BODY_LIMIT_MB must be a whole number of megabytes from 1 to 1024, but was "-1"',
    ],
    [{ RINGSIDE_SANDBOX: 'yes' }, 'RINGSIDE_SANDBOX must be on or off, but was "yes"'],
    [{ RINGSIDE_ACCOUNT_CREDIT: 'on' }, 'RINGSIDE_ACCOUNT_CREDIT must be track or enforce, but was "on"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be silent, fatal, error, warn, info, debug or trace, but was "loud"'],
    [
      { RINGSIDE_MASTER_KEY: 'c2hvcnQ=' },
      'RINGSIDE_MASTER_KEY must be 32 bytes in base64, but was something else (not shown)',
    ],
    [
      { RINGSIDE_BOOTSTRAP_KEY: 'ko_short' },
      'RINGSIDE_BOOTSTRAP_KEY must be "ko_" and at least 32 letters or digits, but was something else (not shown)',
    ],
    ...['fifteen-letters', 'sixteen letters!', 'ünvisible-letters', `ko_${'x'.repeat(40)}`].map(
      (token): [Record<string, string>, string] => [
        { RINGSIDE_ADMIN_TOKEN: token },
        'RINGSIDE_ADMIN_TOKEN must be at least 16 visible ASCII characters without spaces that do not begin with "ko_", but was something else (not shown)',
      ],
    ),
    [{ OPENAI_BASE_URL: 'localhost:1' }, 'OPENAI_BASE_URL must be an http or https URL, but was "localhost:1"'],
    [
      { RINGSIDE_ROLES: 'gateway,projector,webhooks' },
      'RINGSIDE_ROLES names webhooks, which this version of Ringside does not support; leave it out',
    ],
    ...['gatway', 'gateway,,projector', 'constructor', 'Gateway,projector'].map(
      (roles): [Record<string, string>, string] => [
        { RINGSIDE_ROLES: roles },
        `RINGSIDE_ROLES must be a list of gateway and projector, with commas between, but was "${roles}"`,
      ],
    ),
    ...['gateway', 'projector', 'gateway,gateway'].map((roles): [Record<string, string>, string] => [
      { RINGSIDE_ROLES: roles },
      `RINGSIDE_ROLES must name gateway and projector, but was "${roles}": on the embedded engine one process is both`,
    ]),
    [
      { EVENTSTORE_URL: 'kurrentdb://x' },
      'EVENTSTORE_URL is not supported by this version of Ringside; unset the variable',
    ],
  ])('stops at %j with one line', (variables, line) => {
    expect(() => load(variables)).toThrow(expect.objectContaining({ name: 'ConfigError', message: line }));
  });

  it('takes on all roles, in whatever order they are named, and makes no data directory for a list that cannot be', () => {
    for (const roles of ['', 'gateway,projector', 'projector, gateway ,projector'])
      expect(load({ RINGSIDE_ROLES: roles }).roles).toEqual(['gateway', 'projector']);
    const missing = join(emptyDir(), 'missing');
    expect(() => loadConfig({ RINGSIDE_DATA_DIR: missing, RINGSIDE_ROLES: 'projector' })).toThrow(
      'RINGSIDE_ROLES must name',
    );
    expect(existsSync(missing)).toBe(false);
  });

  it('stops when the data directory is a file', () => {
    const file = join(emptyDir(), 'file');
    writeFileSync(file, '');
    expect(() => loadConfig({ RINGSIDE_DATA_DIR: file })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^RINGSIDE_DATA_DIR must be a directory .*$/) }),
    );
  });

  it('stops when the stored master key is damaged, without showing it', () => {
    const dir = emptyDir();
    writeFileSync(join(dir, 'master-key'), 'damaged');
    expect(() => loadConfig({ RINGSIDE_DATA_DIR: dir })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('damaged') }),
    );
  });

  it("stops when the stored operator's token is damaged, without showing it", () => {
    const dir = emptyDir();
    writeFileSync(join(dir, 'admin-token'), 'damaged');
    const config = loadConfig({ RINGSIDE_DATA_DIR: dir });
    expect(() => config.adminToken()).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.not.stringContaining('damaged') }),
    );
  });
});
