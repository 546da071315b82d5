/**
 * Money in Ringside: integer nano-dollars (10⁻⁹ USD), never a float.
 *
 * A `NanoUsd` is a branded bigint, so that a token count or a plain bigint cannot be passed where
 * money is meant. Outside the process money has two spellings: a decimal string of nano-dollars in
 * events and documents (`NanoUsdText`), and a JSON number of dollars in the public API (`toUsdJson`).
 */
declare const nanoUsdBrand: unique symbol;

/** An amount in nano-USD. May be negative where a balance can be. */
export type NanoUsd = bigint & { readonly [nanoUsdBrand]: true };

/** A `NanoUsd` as stored: decimal digits, optionally with a leading minus, e.g. `"1500000"`. */
export type NanoUsdText = string;

export const NANO_USD_PER_USD = 1_000_000_000n;

/** Reads a stored amount. Throws a RangeError on anything but decimal digits: stored money is never guessed. */
export function nanoUsd(amount: bigint | NanoUsdText): NanoUsd {
  if (typeof amount === 'bigint') return amount as NanoUsd;
  if (!isWholeNumber(amount)) throw new RangeError(`not an amount in nano-USD: ${JSON.stringify(amount)}`);
  return BigInt(amount) as NanoUsd;
}

/**
 * Decimal digits, optionally behind a minus. Looked at one by one, since every sum of every view comes through here.
 */
function isWholeNumber(text: string): boolean {
  const start = text.startsWith('-') ? 1 : 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return text.length > start;
}

/** Sums of two numbers of so many digits are exact. */
const DIGITS_OF_EXACT_NUMBER = 15;

/** Adds two stored amounts, e.g. a document's running total and an event's cost. */
export function addNanoUsdText(a: NanoUsdText, b: NanoUsdText): NanoUsdText {
  if (b === '0') return a;
  // Nearly all amounts are this small, and a bigint costs several times as much.
  if (a.length <= DIGITS_OF_EXACT_NUMBER && b.length <= DIGITS_OF_EXACT_NUMBER) {
    const sum = wholeNumber(a) + wholeNumber(b);
    if (!Number.isNaN(sum)) return String(sum);
  }
  return (nanoUsd(a) + nanoUsd(b)).toString();
}

/** The value of a stored amount as a number where that is exact for sure: at most 15 digits. NaN for any other text. */
export function smallNanoUsd(amount: NanoUsdText): number {
  return amount.length <= DIGITS_OF_EXACT_NUMBER ? wholeNumber(amount) : NaN;
}

/** The value of decimal digits, at most 15; NaN for any other text. */
function wholeNumber(text: string): number {
  if (text === '') return NaN;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Parses a decimal amount of dollars, as callers write it: digits, optionally a point and at most nine
 * decimals, not negative, no exponent, at most 15 digits before the point.
 * @returns the amount, or undefined when the text is anything else.
 */
export function parseUsd(text: string): NanoUsd | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const [, whole = '0', decimals = ''] = match;
  return (BigInt(whole) * NANO_USD_PER_USD + BigInt(decimals.padEnd(9, '0'))) as NanoUsd;
}

/** Writes an amount as a decimal of dollars without trailing zeros: 1500000000n → `"1.5"`. */
export function formatUsd(amount: NanoUsd): string {
  const negative = amount < 0n;
  const digits = (negative ? -amount : amount).toString().padStart(10, '0');
  const whole = digits.slice(0, -9);
  const decimals = digits.slice(-9).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${decimals === '' ? '' : `.${decimals}`}`;
}
