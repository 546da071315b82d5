import { WorkerLine } from '../../../src/ledger/adapters/worker-line.js';

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
    expect(await Promise.all(questions.map((question) => line.ask(question)))).toEqual(questions);
  });

  it('a question that fails fails alone', async () => {
    const outcomes = await Promise.allSettled([line.ask('a'), line.ask('fail'), line.ask('b')]);
    expect(outcomes).toMatchObject([{ value: 'a' }, { reason: { message: 'failed on purpose' } }, { value: 'b' }]);
    expect(lost).toBe(0);
  });

  it('passes notices on', async () => {
    await line.ask('notify');
    expect(notices).toEqual(['a notice']);
  });

  it.each([
    ['die', /ended with code 3/],
    ['throw', /thrown on purpose/],
    ['be silent', /no answer within 2000 ms/],
  ])('R18 when the worker answers "%s" all open questions are told, and the next one has a new worker', async (mood, reason) => {
    const outcomes = await Promise.allSettled([line.ask(mood), line.ask('be silent')]);
    for (const outcome of outcomes) expect(String((outcome as PromiseRejectedResult).reason)).toMatch(reason);
    expect(lost).toBe(1);
    expect(await line.ask('well again')).toBe('well again');
  });

  it('a worker that cannot start fails its first question', async () => {
    const nowhere = new WorkerLine({ module: new URL('./no-such-worker.ts', import.meta.url), settings: undefined, answerTimeoutMs: 5000 });
    await expect(nowhere.ask('anything')).rejects.toThrow(/no-such-worker/);
    await nowhere.close();
  });

  it('closing waits for what was asked', async () => {
    const answer = line.ask('last words');
    await line.close();
    expect(await answer).toBe('last words');
  });
});
