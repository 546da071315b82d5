import { registerDecorator } from 'class-validator';
import { nanoUsd, type NanoUsd } from '../../domain/money.js';
import { decimalOf, WrittenNumber, type JsonNumber } from '../../domain/json/written-number.js';

/** An amount of dollars in a body, as the JSON number it was written as. */
export type UsdField = JsonNumber;

/** What a field of dollars may be beside an amount that is not negative. */
export interface UsdFieldOptions {
  /** Null is allowed, and so is leaving the field out. */
  readonly nullable?: boolean;
  readonly negative?: boolean;
  /** Zero is not allowed. */
  readonly positive?: boolean;
}

/** Dollars have at most nine decimals, so that every amount is a whole number of nano-dollars. */
const DECIMALS = 9;

/** Digits before the point; more money than there is. */
const WHOLE_DIGITS = 15;

/**
 * Checks that a field of a control-plane body is a JSON number of dollars that is exact to the nano-dollar. Anything
 * else is refused: more than nine decimals, 1e400, a number in quotes. `usdFrom` reads what passed.
 */
export function IsUsd({
  nullable = false,
  negative = false,
  positive = false,
}: UsdFieldOptions = {}): PropertyDecorator {
  const bound = positive ? ' above zero' : negative ? '' : ' not below zero';
  const message = `must be a number of US dollars${bound} with at most ${DECIMALS} decimals${nullable ? ', or null' : ''}`;
  return (target, propertyName) =>
    registerDecorator({
      name: 'isUsd',
      target: target.constructor,
      propertyName: String(propertyName),
      options: { message },
      validator: {
        validate: (value: unknown) => {
          if (value === null || value === undefined) return nullable;
          const amount = exactUsd(value);
          return amount !== undefined && (positive ? amount > 0n : negative || amount >= 0n);
        },
      },
    });
}

/**
 * The amount of a field that `IsUsd` has let through, to the nano-dollar as it was written. Throws a RangeError on any
 * other value.
 */
export function usdFrom(value: UsdField): NanoUsd {
  const amount = exactUsd(value);
  if (amount === undefined) throw new RangeError('not an amount of dollars in whole nano-dollars');
  return amount;
}

function exactUsd(value: unknown): NanoUsd | undefined {
  if (!(value instanceof WrittenNumber) && !(typeof value === 'number' && Number.isFinite(value))) return undefined;
  const { negative, digits, exponent } = decimalOf(value);
  if (exponent < -DECIMALS || digits.length + exponent > WHOLE_DIGITS) return undefined;
  const amount = BigInt(digits) * 10n ** BigInt(exponent + DECIMALS);
  return nanoUsd(negative ? -amount : amount);
}
