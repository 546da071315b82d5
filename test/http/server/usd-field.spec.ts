import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { formatUsd, nanoUsd, type NanoUsd } from '../../../src/domain/money.js';
import { WrittenNumber } from '../../../src/domain/json/written-number.js';
import { parseJsonBody } from '../../../src/http/server/json-body.js';
import { IsUsd, usdFrom, type UsdField } from '../../../src/http/fields/usd-field.js';

class Amounts {
  @IsUsd() amount!: UsdField;
  @IsUsd({ nullable: true }) cap?: UsdField | null;
  @IsUsd({ nullable: true, negative: true }) change?: UsdField | null;
}

/** Reads a body as a control-plane route does: its fields, and what is wrong with the first bad one. */
function read(body: string): { fields: Amounts; wrong: string | undefined } {
  const fields = plainToInstance(Amounts, parseJsonBody(Buffer.from(body)));
  const [error] = validateSync(fields);
  return { fields, wrong: error && `${error.property} ${Object.values(error.constraints ?? {})[0]}` };
}

function amountOf(number: string): NanoUsd | undefined {
  const { fields, wrong } = read(`{"amount":${number}}`);
  return wrong === undefined ? usdFrom(fields.amount) : undefined;
}

const anyAmount = fc.bigInt(0n, 10n ** 24n - 1n).map(nanoUsd);

describe('a field of dollars', () => {
  it.each<[string, bigint]>([
    ['0', 0n],
    ['-0', 0n],
    ['-0.000000000000000000', 0n],
    ['0e400', 0n],
    ['5', 5_000_000_000n],
    ['0.1', 100_000_000n],
    ['0.3', 300_000_000n],
    ['1e-9', 1n],
    ['1E-9', 1n],
    ['0.000000001', 1n],
    ['1.5e3', 1_500_000_000_000n],
    ['1e+2', 100_000_000_000n],
    ['2.50000000000000000000', 2_500_000_000n],
    ['12345678.123456789', 12_345_678_123_456_789n],
    ['9007199.254740993', 9_007_199_254_740_993n],
    ['999999999999999.999999999', 999_999_999_999_999_999_999_999n],
  ])('reads %s to the nano-dollar', (text, amount) => expect(amountOf(text)).toBe(amount));

  it.each([
    '-1',
    '-0.000000001',
    '1e400',
    '1e-400',
    '1e-10',
    '0.0000000001',
    '12345678.1234567891',
    '1e15',
    '1e999999999999999999999',
  ])('refuses %s', (text) => expect(amountOf(text)).toBeUndefined());

  it.each(['"5"', 'true', '{}', '{"source":"5"}', '[5]', 'null'])('refuses %s, which is not a number', (json) =>
    expect(read(`{"amount":${json}}`).wrong).toBe(
      'amount must be a number of US dollars not below zero with at most 9 decimals',
    ),
  );

  it('reads every amount as it is written, with or without an exponent', () => {
    fc.assert(
      fc.property(anyAmount, fc.nat(40), (amount, zeros) => {
        const digits = amount.toString();
        expect(amountOf(formatUsd(amount))).toBe(amount);
        expect(amountOf(`${digits}.${'0'.repeat(zeros + 1)}e-9`)).toBe(amount);
        expect(amountOf(`0.${'0'.repeat(zeros)}${digits}E${zeros + digits.length - 9}`)).toBe(amount);
      }),
    );
  });

  it('is refused when it is missing, unless it may be, and null only where it may be', () => {
    expect(read('{}').wrong).toMatch(/^amount /);
    expect(read('{"amount":1}').wrong).toBeUndefined();
    expect(read('{"amount":1,"cap":null,"change":null}').wrong).toBeUndefined();
    expect(read('{"amount":1,"cap":-1}').wrong).toBe(
      'cap must be a number of US dollars not below zero with at most 9 decimals, or null',
    );
  });

  it('may be below zero where the field says so', () => {
    const { fields, wrong } = read('{"amount":1,"change":-12345678.123456789}');
    expect(wrong).toBeUndefined();
    expect(usdFrom(fields.change!)).toBe(-12_345_678_123_456_789n);
  });

  it('leaves numbers that a double holds as they are, and never changes one into another', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (double) => {
        const text = JSON.stringify(double);
        expect(parseJsonBody(Buffer.from(`[${text}]`))).toEqual([JSON.parse(text)]);
      }),
    );
    expect(parseJsonBody(Buffer.from('[12345678901234567890]'))).toEqual([new WrittenNumber('12345678901234567890')]);
  });

  it('throws on a value that was never checked', () => {
    expect(() => usdFrom(Infinity)).toThrow(RangeError);
    expect(() => usdFrom('5' as never)).toThrow(RangeError);
  });
});
