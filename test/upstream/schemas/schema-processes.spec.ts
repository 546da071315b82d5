import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SchemaProcesses, SchemasBusy, type SchemaTerms } from '../../../src/upstream/schemas/schema-processes.js';
import { skipUnless } from '../../support/skip.js';

const HERE = dirname(fileURLToPath(import.meta.url));
/** A program that asks the processes, run from source. */
const ASKING = [
  '--experimental-transform-types',
  '--no-warnings',
  '--import',
  join(HERE, '../../support/typescript-imports.mjs'),
  join(HERE, 'asking-process.ts'),
];

const SCHEMA = JSON.stringify({ type: 'string' });
const answer = (text: string) => [{ text, isExcused: false, isCut: false }];

/** 165 characters that V8 takes years to compile, at their first use and without ever looking up. */
const STUCK = JSON.stringify({ type: 'string', pattern: `(${'a?'.repeat(60)})${'a'.repeat(100)}` });
const STUCK_ANSWER = answer(JSON.stringify('a'.repeat(100)));

let processes: SchemaProcesses;
const begin = (terms: Partial<SchemaTerms> = {}) => (processes = new SchemaProcesses(terms));
afterEach(() => processes.close());

/** What becomes of a question: what was found, or why nobody was asked. */
const told = (asked: Promise<unknown>) => asked.catch((error: unknown) => (error as Error).message);

describe('the processes for schemas', () => {
  it('say what is wrong with a schema, and with an answer', async () => {
    begin();
    expect(await processes.check('a', SCHEMA, [])).toBe('kept');
    expect(await processes.check('a', SCHEMA, answer('"x"'))).toBe('kept');
    expect(await processes.check('a', SCHEMA, answer('7'))).toMatchObject({
      problem: expect.stringContaining('must be string'),
      isCorrectable: true,
    });
    expect(await processes.check('a', '{"type":"objekt"}', [])).toEqual({
      refusedFor: expect.stringContaining('does not compile'),
    });
  });

  it('let only so many of an account wait, and only for so long', async () => {
    begin({ mostWaiting: 1 });
    const asked = [1, 2, 3].map(() => told(processes.check('a', SCHEMA, [])));
    expect(await told(processes.check('b', SCHEMA, []))).toBe('kept');
    expect(await Promise.all(asked)).toEqual(['kept', 'kept', 'too many schemas wait to be checked']);
    expect(await processes.check('a', SCHEMA, [])).toBe('kept');
    await processes.close();

    begin({ longestWaitMs: 1 });
    const late = [1, 2].map(() => told(processes.check('a', SCHEMA, [])));
    expect(await Promise.all(late)).toEqual(['kept', 'other schemas take too long']);
  });

  it('let only so many characters of an account wait', async () => {
    begin({ mostCharacters: 100 });
    const asked = [1, 2, 3].map(() => told(processes.check('a', SCHEMA, answer(JSON.stringify('x'.repeat(200))))));
    expect(await Promise.all(asked)).toEqual(['kept', 'kept', 'too many schemas wait to be checked']);
  });

  it('S3 a process that dies takes its own question along and no other, and another one is begun', async () => {
    begin();
    const [broken, whole] = [processes.check('a', 'no JSON', []), processes.check('a', SCHEMA, answer('"x"'))];
    expect(await Promise.all([broken, whole])).toEqual([
      { refusedFor: 'does not compile: it takes too much memory' },
      'kept',
    ]);
  });

  it('S3 what needs more memory than a schema may take ends its process, and nothing else', async () => {
    begin({ checkMs: 60_000 });
    const found = await processes.check('a', '{}', answer(`[${'{},'.repeat(6_000_000)}{}]`));
    expect(found).toEqual({ refusedFor: 'takes too much memory on it' });
    expect(await processes.check('a', SCHEMA, answer('"x"'))).toBe('kept');
  });

  it('reject what is open when they are closed, and whatever comes then', async () => {
    begin();
    const open = [processes.check('a', SCHEMA, []), processes.check('a', SCHEMA, [])].map(told);
    await processes.close();
    expect(await Promise.all(open)).toEqual([
      expect.stringContaining('has ended'),
      expect.stringContaining('have ended'),
    ]);
    await expect(processes.check('a', SCHEMA, [])).rejects.toThrow(SchemasBusy);
  });
});

describe('a pattern that never comes back', () => {
  it('S3 is ended after its time, and the account’s next schema is checked', async () => {
    begin();
    expect(await processes.check('a', STUCK, [])).toBe('kept');
    expect(await processes.check('a', STUCK, STUCK_ANSWER)).toEqual({ refusedFor: 'takes too long on it' });
    expect(await processes.check('a', SCHEMA, answer('"x"'))).toBe('kept');
  });

  it('S3 200 of them of one account keep no other account waiting', async () => {
    begin({ mostWaiting: 200, longestWaitMs: 60_000 });
    const order: string[] = [];
    const slow = Array.from({ length: 200 }, () =>
      told(processes.check('slow', STUCK, STUCK_ANSWER)).then(() => order.push('slow')),
    );
    for (const account of ['one', 'two', 'one']) {
      expect(await processes.check(account, SCHEMA, answer('"x"'))).toBe('kept');
      order.push(account);
    }
    // Each of the others had a process at once: at most one of the slow ones was over by then.
    expect(order.filter((who) => who === 'slow').length).toBeLessThanOrEqual(1);
    await processes.close();
    await Promise.all(slow);
  });

  it('S3 of several accounts keep no other waiting once they are known to be slow', async () => {
    begin({ longestWaitMs: 60_000 });
    const slow = ['s1', 's2', 's3'];
    await Promise.all(slow.map((account) => processes.check(account, STUCK, STUCK_ANSWER)));
    let ended = 0;
    const more = [...slow, ...slow].map((account) =>
      told(processes.check(account, STUCK, STUCK_ANSWER)).then(() => ended++),
    );
    for (let round = 0; round < 5; round++) expect(await processes.check('quick', SCHEMA, answer('"x"'))).toBe('kept');
    expect(ended).toBeLessThanOrEqual(1);
    await processes.close();
    await Promise.all(more);
  });

  skipUnless(existsSync('/proc/self/stat'), 'there is no /proc').it(
    'S3 ends with the gateway, however that ended, and keeps no gateway alive',
    async () => {
      begin();
      const gateway = spawn(process.execPath, ASKING, { stdio: 'pipe' });
      const lines = createInterface({ input: gateway.stdout })[Symbol.asyncIterator]();
      const pid = Number((await lines.next()).value);
      expect(isRunning(pid)).toBe(true);
      gateway.kill('SIGKILL');
      while (isRunning(pid)) await wait(20);

      const idle = spawn(process.execPath, [...ASKING, 'idle'], { stdio: 'ignore' });
      expect(await new Promise((resolve) => idle.once('exit', resolve))).toBe(0);
    },
  );
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
