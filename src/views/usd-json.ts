import { formatUsd, nanoUsd, type NanoUsdText } from '../domain/money.js';

/** An amount of dollars that `JSON.stringify` writes as a number with all its decimals, which a float could not hold. */
export interface UsdJson {
  readonly rawJSON: string;
}

/** TypeScript does not know `JSON.rawJSON` yet. */
const { rawJSON } = JSON as unknown as { rawJSON(this: void, text: string): UsdJson };

/** The public form of a stored amount: `"1500000"` nano-USD is written as `0.0015`. */
export function usdJson(amount: NanoUsdText): UsdJson {
  return rawJSON(formatUsd(nanoUsd(amount)));
}
