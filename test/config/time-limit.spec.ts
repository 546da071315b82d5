import { setTimeout as wait } from 'node:timers/promises';
import { TimeLimit } from '../../src/config/time-limit.js';

describe('TimeLimit', () => {
  it('tells of what takes longer, once, in order, and not of what is over', async () => {
    const overdue: string[] = [];
    const { promise: both, resolve } = Promise.withResolvers<void>();
    const limit = new TimeLimit<string>(200, (name) => {
      overdue.push(name);
      if (overdue.length === 2) resolve();
    });
    limit.begin('first');
    limit.begin('quick');
    limit.begin('second');
    expect(limit.end('quick')).toBe(true);
    expect(limit.end('quick')).toBe(false);
    await both;
    expect(overdue).toEqual(['first', 'second']);
    expect(limit.end('first')).toBe(false);
  });

  it('gives everything its whole time, whenever it begins', async () => {
    const tookMs: number[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const limit = new TimeLimit<{ readonly sinceMs: number }>(200, ({ sinceMs }) => {
      tookMs.push(performance.now() - sinceMs);
      if (tookMs.length === 5) resolve();
    });
    for (let n = 0; n < 5; n++) {
      limit.begin({ sinceMs: performance.now() });
      await wait(33);
    }
    await all;
    expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(198);
  });

  it('begins again after it was idle', async () => {
    const { promise: told, resolve } = Promise.withResolvers<string>();
    const limit = new TimeLimit<string>(50, resolve);
    limit.begin('over');
    limit.end('over');
    await wait(100);
    limit.begin('silent');
    expect(await told).toBe('silent');
  });
});
