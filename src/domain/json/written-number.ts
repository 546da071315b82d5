/** TypeScript does not know yet that `JSON.stringify` can be given a number as it is to be written. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (this: void, source: string) => unknown };

/**
 * A number of JSON exactly as it was written, where a double would have lost some of its digits: `12345678.123456789`,
 * `1e400`. `JSON.stringify` writes it as it was. Where somebody calculates with it, it is the nearest double; a field
 * that must be a count refuses it, since it is not a number of JavaScript.
 */
export class WrittenNumber {
  constructor(readonly source: string) {}

  valueOf(): number {
    return Number(this.source);
  }

  toString(): string {
    return this.source;
  }

  toJSON(): unknown {
    return rawJSON(this.source);
  }
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
  return Number.isFinite(double) && equal(decimalOf(double), decimalOf(new WrittenNumber(source)))
    ? double
    : new WrittenNumber(source);
}

/**
 * The exact value of a number as it was written. A double stands for the shortest decimal that leads to it.
 * @param number finite when it is a double
 */
export function decimalOf(number: JsonNumber): Decimal {
  const text = typeof number === 'number' ? String(number) : number.source;
  const [, sign = '', whole = '', decimals = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
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

/** Keeps a number as its double when that would be written just so, else as its text: `1.0` is told from `1`. */
export function spelledNumber(source: string): JsonNumber {
  const double = Number(source);
  return String(double) === source ? double : new WrittenNumber(source);
}

function equal(a: Decimal, b: Decimal): boolean {
  return a.negative === b.negative && a.digits === b.digits && a.exponent === b.exponent;
}
