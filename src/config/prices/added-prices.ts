import type { ModelPrice } from '../../domain/pricing/pricing.js';

const FREE: ModelPrice = { input: { base: 0n, tiers: [] }, output: { base: 0n, tiers: [] } };

/** A price that the installed list lacks, or has under other names, as the provider publishes it. */
interface AddedPrice {
  readonly models: RegExp;
  readonly price: ModelPrice;
}

/** Prices beside those of the list, by provider. */
export const ADDED_PRICES: ReadonlyMap<string, readonly AddedPrice[]> = new Map([
  // OpenAI's moderation is free of charge, and the list has it without any price.
  ['openai', [{ models: /^(omni|text)-moderation\b/, price: FREE }]],
  // Open models that the Gemini API serves free of charge, in sizes that the list does not name.
  ['google', [{ models: /^gemma-(3n?-e?\d+b|4-[ea]?\d+b(-a\d+b)?)-it$/, price: FREE }]],
  // What a name says there; the list has some of them, without any price.
  ['openrouter', [{ models: /^[^/]+\/[^:]+:free$/, price: FREE }]],
  // aws.amazon.com/bedrock/pricing: $0.02 a million tokens.
  ['bedrock', [{ models: /^amazon\.titan-embed-text-v2(:0)?$/, price: { input: { base: 20_000_000n, tiers: [] } } }]],
]);
