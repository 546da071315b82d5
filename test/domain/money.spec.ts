import fc from 'fast-check';
import { addNanoUsdText, formatUsd, nanoUsd, parseUsd } from '../../src/domain/money.js';

describe('money', () => {
  it('reads decimal dollars exactly', () => {
    expect(parseUsd('0.25')).toBe(250_000_000n);
    expect(parseUsd('12')).toBe(12_000_000_000n);
    expect(parseUsd('0.000000001')).toBe(1n);
    expect(parseUsd('999999999999999.999999999')).toBe(999_999_999_999_999_999_999_999n);
  });

  it.each([
    '',
    ' 1',
    '-1',
    '+1',
    '.5',
    '1.',
    '1e3',
    '1e400',
    'NaN',
    'Infinity',
    '0x10',
    '1,5',
    '0.0000000001',
    '1'.repeat(16),
  ])('refuses %j', (text) => {
    expect(parseUsd(text)).toBeUndefined();
  });

  it('writes what it reads, for every amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 23n }), (amount) => {
        expect(parseUsd(formatUsd(nanoUsd(amount)))).toBe(amount);
      }),
    );
  });

  it('shows negative balances with a sign', () => {
    expect(formatUsd(nanoUsd(-1_500_000_000n))).toBe('-1.5');
  });

  it('R22 old events and money survive every upgrade exactly: a million small amounts add up to the nano-dollar', () => {
    let total = '9007199254740993';
    for (let i = 0; i < 1_000_000; i++) total = addNanoUsdText(total, '1');
    expect(total).toBe('9007199255740993');
  });

  it('never guesses stored money', () => {
    for (const text of ['', '1.5', '1e9', 'abc', ' 1']) expect(() => nanoUsd(text)).toThrow(RangeError);
  });

  it('adds stored amounts of any length exactly, and refuses what is none', () => {
    const digits = fc
      .integer({ min: 1, max: 40 })
      .chain((most) => fc.bigInt({ min: -(10n ** BigInt(most)), max: 10n ** BigInt(most) }));
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        expect(addNanoUsdText(a.toString(), b.toString())).toBe((a + b).toString());
      }),
    );
    for (const none of ['', ' 1', '1e5', '0x1', '1.5', '-', '+1', '1_0'])
      expect(() => addNanoUsdText(none, '7')).toThrow(RangeError);
  });
});
