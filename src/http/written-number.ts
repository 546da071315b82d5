/**
 * A number of a body exactly as it was written, where a double would have lost some of its digits: `12345678.123456789`,
 * `1e400`. Amounts of money read it (`usd-field.ts`); every other field refuses it, since it is not a number of JavaScript.
 */
export class WrittenNumber {
  constructor(readonly source: string) {}
}

/** A number as a body may hold it: a double that is exactly what was written, or the text. */
export type JsonNumber = number | WrittenNumber;

/** A decimal number: its digits without zeros at either end (none for zero) as a whole number × 10 to the exponent. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** So many significant digits survive the way into a double and back, whichever they are. */
const DIGITS_OF_A_DOUBLE = 15;

/** Keeps a number of a body as its double when that is what was written, else as its text. */
export function jsonNumber(double: number, source: string): JsonNumber {
  if (source.length <= DIGITS_OF_A_DOUBLE && !/e/i.test(source)) return double;
  return Number.isFinite(double) && equal(decimalOf(double), decimalOf(new WrittenNumber(source))) ? double : new WrittenNumber(source);
}

/**
 * The exact value of a number as it was written. A double stands for the shortest decimal that leads to it.
 * @param number finite when it is a double
 */
export function decimalOf(number: JsonNumber): Decimal {
  const text = typeof number === 'number' ? String(number) : number.source;
  const [, sign = '', whole = '', decimals = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const significant = `${whole}${decimals}`.replace(/^0+/, '');
  const digits = significant.slice(0, lengthWithoutZeros(significant));
  const shift = significant.length - digits.length - decimals.length;
  return { negative: sign === '-' && digits !== '', digits, exponent: digits === '' ? 0 : Number(exponent) + shift };
}

/** A pattern would look again from every zero of a long number. */
function lengthWithoutZeros(digits: string): number {
  let length = digits.length;
  while (digits[length - 1] === '0') length--;
  return length;
}

function equal(a: Decimal, b: Decimal): boolean {
  return a.negative === b.negative && a.digits === b.digits && a.exponent === b.exponent;
}
