import { formatUsd, nanoUsd, type NanoUsdText } from '../domain/money.js';

/** A number that `JSON.stringify` writes with all its decimals, which a float could not hold. */
export interface ExactJson {
  readonly rawJSON: string;
}

/** An amount of dollars with all its decimals. */
export type UsdJson = ExactJson;

/** TypeScript does not know `JSON.rawJSON` yet. */
const { rawJSON } = JSON as unknown as { rawJSON(this: void, text: string): ExactJson };

/** The public form of a stored amount: `"1500000"` nano-USD is written as `0.0015`. */
export function usdJson(amount: NanoUsdText): UsdJson {
  return rawJSON(formatUsd(nanoUsd(amount)));
}

/** A percentage given in its hundredths: 6250n is written as `62.5`. */
export function percentJson(hundredths: bigint): ExactJson {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0');
  const decimals = digits.slice(-2).replace(/0+$/, '');
  return rawJSON(`${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}${decimals && `.${decimals}`}`);
}
