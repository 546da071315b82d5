import fc from 'fast-check';
import { cut, formatTime, parsePeriod, parseTime } from '../../../src/views/queries/period.js';

const NOW = Date.UTC(2026, 10, 22, 12, 34, 56);
const HOUR = 3_600_000;

describe('parseTime', () => {
  it.each([
    ['2026-11-22', Date.UTC(2026, 10, 22)],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['2026-11-22T13:00:00Z', Date.UTC(2026, 10, 22, 13)],
    ['2026-11-22t13:00:00z', Date.UTC(2026, 10, 22, 13)],
    ['2026-11-22T13:00:00.25Z', Date.UTC(2026, 10, 22, 13, 0, 0, 250)],
    ['2026-11-22T13:00:00.123999999Z', Date.UTC(2026, 10, 22, 13, 0, 0, 123)],
    ['2026-11-22T13:00:00+02:00', Date.UTC(2026, 10, 22, 11)],
    ['2026-11-22T23:30:00-05:30', Date.UTC(2026, 10, 23, 5)],
    ['2026-11-22T13:00:00 02:00', Date.UTC(2026, 10, 22, 11)],
    ['0001-01-01', Date.parse('0001-01-01T00:00:00Z')],
  ])('reads %s', (text, unixMs) => expect(parseTime(text)).toBe(unixMs));

  it.each([
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2027-02-29',
    '2026-1-1',
    '2026-11-22T24:00:00Z',
    '2026-11-22T13:60:00Z',
    '2026-11-22T13:00:60Z',
    '2026-11-22T13:00:00',
    '2026-11-22T13:00Z',
    '2026-11-22 13:00:00Z',
    '2026-11-22T13:00:00 ',
    '2026-11-22T13:00:00 Z',
    '2026-11-22T13:00:00  02:00',
    '2026-11-22T13:00:00+25:00',
    '1795352400',
    'now',
    ' 2026-11-22',
    '2026-11-22\n',
  ])('does not read %j', (text) => expect(parseTime(text)).toBeUndefined());
});

describe('parsePeriod', () => {
  it('is by default the UTC month so far, with the whole of the running hour', () => {
    expect(parsePeriod({}, NOW)).toEqual({ fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 10, 22, 13) });
    const onTheHour = Date.UTC(2026, 10, 22, 13);
    expect(parsePeriod({}, onTheHour).toMs).toBe(onTheHour + HOUR);
  });

  it('may be empty, but not the wrong way round', () => {
    expect(parsePeriod({ from: '2026-11-22', to: '2026-11-22' }, NOW)).toEqual({
      fromMs: Date.UTC(2026, 10, 22),
      toMs: Date.UTC(2026, 10, 22),
    });
    expect(() => parsePeriod({ from: '2026-11-23', to: '2026-11-22' }, NOW)).toThrow('from must not be after to');
    expect(() => parsePeriod({ from: '2027-01-01' }, NOW)).toThrow('from must not be after to');
  });
});

describe('cut', () => {
  const moment = fc.integer({ min: Date.UTC(2026, 10, 1), max: Date.UTC(2026, 10, 8) });
  const aligned = (unit: number) => moment.map((ms) => Math.floor(ms / unit) * unit);
  const bound = fc.oneof(moment, aligned(HOUR), aligned(24 * HOUR));

  it('the pieces are whole units, touch each other and cover the span, with as little left over as can be', () => {
    fc.assert(
      fc.property(bound, bound, fc.constantFrom('hour' as const, 'day' as const), (a, b, finest) => {
        const span = { fromMs: Math.min(a, b), toMs: Math.max(a, b) };
        const { days, hours, rest } = cut(span, finest);
        for (const { fromMs, toMs } of days) expect([fromMs % (24 * HOUR), toMs % (24 * HOUR)]).toEqual([0, 0]);
        for (const { fromMs, toMs } of hours) expect([fromMs % HOUR, toMs % HOUR]).toEqual([0, 0]);
        for (const { fromMs, toMs } of rest) expect(toMs - fromMs).toBeLessThan(2 * HOUR);
        for (const { fromMs, toMs } of finest === 'day' ? hours : []) expect(toMs - fromMs).toBeLessThan(48 * HOUR);
        if (finest === 'hour') expect(days).toEqual([]);
        let at = span.fromMs;
        for (const { fromMs, toMs } of [...days, ...hours, ...rest].toSorted((x, y) => x.fromMs - y.fromMs)) {
          expect(fromMs).toBe(at);
          expect(toMs).toBeGreaterThan(fromMs);
          at = toMs;
        }
        expect(at).toBe(span.toMs);
      }),
      { numRuns: 500 },
    );
  });
});

describe('formatTime', () => {
  it('shows milliseconds only where there are any', () => {
    expect(formatTime(Date.UTC(2026, 10, 22))).toBe('2026-11-22T00:00:00Z');
    expect(formatTime(Date.UTC(2026, 10, 22, 1, 2, 3, 4))).toBe('2026-11-22T01:02:03.004Z');
  });
});
