import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from '../../src/config/make-directory.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ringside-directory-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

it('makes what is missing, with the mode, and says which was the first', () => {
  const deep = join(dir, 'a', 'b', 'c');
  expect(makeDirectory(deep, 0o700)).toBe(join(dir, 'a'));
  expect([deep, join(dir, 'a')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  expect(makeDirectory(deep)).toBeUndefined();
});

it('S26 throws where it cannot be made', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(() => makeDirectory(join(dir, 'file'))).toThrow(/EEXIST/);
  expect(() => makeDirectory(join(dir, 'file', 'below'))).toThrow(/ENOTDIR|EEXIST/);
  expect(() => makeDirectory('/proc/ringside/below')).toThrow();
});
