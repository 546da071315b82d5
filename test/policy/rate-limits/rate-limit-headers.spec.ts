import { duration } from '../../../src/policy/rate-limits/rate-limit-headers.js';

describe('reset headers', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [12, '12ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [8_640, '8.64s'],
    [60_000, '1m0s'],
    [90_951, '1m30.951s'],
    [360_000, '6m0s'],
    [3_600_000, '1h0m0s'],
  ])('%i ms are written as OpenAI does: %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
