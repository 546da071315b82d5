import type { CallContent } from '../../domain/call/call.js';
import { highestPrice, type HighestPrice } from '../../domain/pricing/highest-price.js';
import type { Quote } from '../../domain/pricing/pricing.js';

/** What embeds or judges generates nothing; price lists say so by leaving the price of output out. */
const NO_OUTPUT = { base: 0n, tiers: [] };

/** The highest price that a token of a call can have; undefined when there is no upper bound. */
export function boundingPrice({ endpoint }: CallContent, { price }: Quote): HighestPrice | undefined {
  if (!price) return undefined;
  return highestPrice(endpoint === 'chat.completions' ? price : { ...price, output: price.output ?? NO_OUTPUT });
}
