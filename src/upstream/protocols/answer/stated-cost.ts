import type { NanoUsdText } from '../../../domain/money.js';

/** No call costs this much. A higher value is a mistake. */
const TOO_MUCH_USD = 1e9;

/** Decimals of a dollar in a nano-dollar. */
const NANO_DECIMALS = 9;

/**
 * A call's cost as the provider states it, in nano-USD. It is a JSON number of dollars, read by its decimal digits and
 * rounded half up.
 * @returns undefined for anything but a number from zero to a billion
 */
export function statedCostNanoUsd(usd: unknown): NanoUsdText | undefined {
  if (typeof usd !== 'number' || !(usd >= 0 && usd <= TOO_MUCH_USD)) return undefined;
  const [, whole = '0', decimals = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e(-?\d+))?$/.exec(String(usd)) ?? [];
  const surplusDecimals = decimals.length - Number(exponent) - NANO_DECIMALS;
  const digits = BigInt(whole + decimals);
  if (surplusDecimals <= 0) return (digits * 10n ** BigInt(-surplusDecimals)).toString();
  const unit = 10n ** BigInt(surplusDecimals);
  return ((digits + unit / 2n) / unit).toString();
}

/**
 * A cost stated in ticks, ten to the nano-dollar, rounded half up. Undefined for anything but a whole number that is
 * not negative.
 */
export function costOfTicks(ticks: unknown): NanoUsdText | undefined {
  if (typeof ticks !== 'number' || !Number.isSafeInteger(ticks) || ticks < 0) return undefined;
  return ((BigInt(ticks) + 5n) / 10n).toString();
}
