import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { WorkerLine } from '../../../src/engines/sqlite/worker-line.js';

describe('WorkerLine', () => {
  let notices: string[];
  let lost: number;
  let line: WorkerLine<string, string>;

  beforeEach(() => {
    notices = [];
    lost = 0;
    line = new WorkerLine({
      module: new URL('./moody-worker.ts', import.meta.url),
      settings: undefined,
      answerTimeoutMs: 2000,
      onNotice: (notice) => notices.push(notice),
      onLost: () => lost++,
    });
  });

  afterEach(() => line.close());

  it('answers each question with its own answer', async () => {
    const questions = Array.from({ length: 50 }, (_, n) => `question ${n}`);
    expect(await Promise.all(questions.map((question) => line.request(question)))).toEqual(questions);
  });

  it('a question that fails fails alone', async () => {
    const outcomes = await Promise.allSettled([line.request('a'), line.request('fail'), line.request('b')]);
    expect(outcomes).toMatchObject([{ value: 'a' }, { reason: { message: 'failed on purpose' } }, { value: 'b' }]);
    expect(lost).toBe(0);
  });

  it('passes notices on', async () => {
    await line.request('notify');
    expect(notices).toEqual(['a notice']);
  });

  it.each([
    ['die', /ended with code 3/],
    ['throw', /thrown on purpose/],
    ['be silent', /no answer within 2000 ms/],
  ])(
    'R18 when the worker answers "%s" all open questions are told, and the next one has a new worker',
    async (mood, reason) => {
      const outcomes = await Promise.allSettled([line.request(mood), line.request('be silent')]);
      for (const outcome of outcomes) expect(String((outcome as PromiseRejectedResult).reason)).toMatch(reason);
      expect(lost).toBe(1);
      expect(await line.request('well again')).toBe('well again');
    },
  );

  it('a worker that cannot start fails its first question', async () => {
    const nowhere = new WorkerLine({
      module: new URL('./no-such-worker.ts', import.meta.url),
      settings: undefined,
      answerTimeoutMs: 5000,
    });
    await expect(nowhere.request('anything')).rejects.toThrow(/no-such-worker/);
    await nowhere.close();
  });

  it('S4 a worker that sleeps in a system call has no successor before it is gone; until then questions are refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringside-line-'));
    const alarm = join(folder, 'alarm');
    const sleeping = new WorkerLine<string, string>({
      module: new URL('./moody-worker.ts', import.meta.url),
      settings: undefined,
      answerTimeoutMs: 5000,
    });
    expect(await sleeping.request('awake')).toBe('awake');
    await expect(sleeping.request(`sleep until ${alarm}`)).rejects.toThrow('no answer within 5000 ms');
    // A successor would answer these.
    for (let question = 0; question < 3; question++)
      await expect(sleeping.request('hello')).rejects.toThrow(/still waits for the disk/);
    writeFileSync(alarm, '');
    for (;;) {
      const answer = await sleeping.request('well again').catch(() => undefined);
      if (answer !== undefined) break;
      await wait(20);
    }
    await sleeping.close();
    rmSync(folder, { recursive: true });
  });

  it('S4 closing does not wait for ever for a worker that sleeps in a system call', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringside-line-'));
    const alarm = join(folder, 'alarm');
    const sleeping = new WorkerLine<string, string>({
      module: new URL('./moody-worker.ts', import.meta.url),
      settings: undefined,
      answerTimeoutMs: 5000,
    });
    const asleep = sleeping.request(`sleep until ${alarm}`).catch(() => 'lost');
    await sleeping.close();
    expect(await asleep).toBe('lost');
    writeFileSync(alarm, '');
    rmSync(folder, { recursive: true });
  });

  it('closing waits for what was asked', async () => {
    const answer = line.request('last words');
    await line.close();
    expect(await answer).toBe('last words');
  });
});
