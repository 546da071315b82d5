import { patches, tiles } from '../images/image-tokens.js';
import type { SizedModels } from '../provider.js';

/** The longest answer of the newest models. */
export const NEWEST_OUTPUT_TOKENS = 128_000;

/** Every model from gpt-4o on. `gpt-4` and older models use `cl100k_base`. */
const O200K = { encoding: 'o200k_base' } as const;
const CL100K = { encoding: 'cl100k_base' } as const;

const TILES_4O = tiles(85, 170);
const TILES_O = tiles(75, 150);
const TILES_5 = tiles(70, 140);

/**
 * OpenAI's models as its documentation has them (developers.openai.com: models; images and vision). Dated snapshots and
 * fine-tunes (`ft:…`) are as large as the model they come from. A model that is not documented to be one of these has
 * no row, so that nothing about it is taken for known.
 */
export const openaiSizes: readonly SizedModels[] = [
  {
    models: /^gpt-4o(-mini)?-search-preview/,
    ...O200K,
    maxOutputTokens: 16_384,
    contextTokens: 128_000,
    unboundedFee: 'web searches',
  },
  { models: /^gpt-5-search-api/, ...O200K, unboundedFee: 'web searches' },
  { models: /^gpt-4o-2024-05-13/, ...O200K, maxOutputTokens: 4_096, contextTokens: 128_000, imageTokens: TILES_4O },
  {
    models: /^(ft:)?gpt-4o-mini\b/,
    ...O200K,
    maxOutputTokens: 16_384,
    contextTokens: 128_000,
    imageTokens: tiles(2_833, 5_667),
  },
  { models: /^(ft:|chat)?gpt-4o\b/, ...O200K, maxOutputTokens: 16_384, contextTokens: 128_000, imageTokens: TILES_4O },
  { models: /^gpt-audio\b/, ...O200K, maxOutputTokens: 16_384, contextTokens: 128_000 },
  {
    models: /^(ft:)?gpt-4\.1-mini\b/,
    ...O200K,
    maxOutputTokens: 32_768,
    contextTokens: 1_047_576,
    imageTokens: patches(1.62),
  },
  {
    models: /^(ft:)?gpt-4\.1-nano\b/,
    ...O200K,
    maxOutputTokens: 32_768,
    contextTokens: 1_047_576,
    imageTokens: patches(2.46),
  },
  { models: /^(ft:)?gpt-4\.1\b/, ...O200K, maxOutputTokens: 32_768, contextTokens: 1_047_576, imageTokens: TILES_4O },
  { models: /^gpt-4\.5-preview\b/, ...O200K, maxOutputTokens: 16_384, contextTokens: 128_000, imageTokens: TILES_4O },
  {
    models: /^gpt-4-(turbo|vision|1106|0125)\b/,
    ...CL100K,
    maxOutputTokens: 4_096,
    contextTokens: 128_000,
    imageTokens: TILES_4O,
  },
  { models: /^gpt-4-32k\b/, ...CL100K, maxOutputTokens: 32_768, contextTokens: 32_768 },
  { models: /^(ft:)?gpt-4(-0314|-0613)?(:|$)/, ...CL100K, maxOutputTokens: 8_192, contextTokens: 8_192 },
  { models: /^gpt-3\.5-turbo-(instruct|0301)\b/, ...CL100K, maxOutputTokens: 4_096, contextTokens: 4_096 },
  { models: /^(ft:)?gpt-3\.5-turbo-0613\b/, ...CL100K, maxOutputTokens: 4_096, contextTokens: 4_096 },
  { models: /^(ft:)?gpt-3\.5-turbo\b/, ...CL100K, maxOutputTokens: 4_096, contextTokens: 16_385 },
  { models: /^o1-preview\b/, ...O200K, maxOutputTokens: 32_768, contextTokens: 128_000 },
  { models: /^o1-mini\b/, ...O200K, maxOutputTokens: 65_536, contextTokens: 128_000 },
  { models: /^o3-mini\b/, ...O200K, maxOutputTokens: 100_000, contextTokens: 200_000 },
  {
    models: /^(ft:)?o4-mini\b/,
    ...O200K,
    maxOutputTokens: 100_000,
    contextTokens: 200_000,
    imageTokens: patches(1.72),
  },
  {
    models: /^o[13](-pro)?(-\d{4}-\d\d-\d\d)?$/,
    ...O200K,
    maxOutputTokens: 100_000,
    contextTokens: 200_000,
    imageTokens: TILES_O,
  },
  { models: /^gpt-5-chat\b/, ...O200K, maxOutputTokens: 16_384, contextTokens: 128_000, imageTokens: TILES_5 },
  { models: /^gpt-5-pro\b/, ...O200K, maxOutputTokens: 272_000, contextTokens: 400_000 },
  { models: /^gpt-5-mini\b/, ...O200K, maxOutputTokens: 128_000, contextTokens: 400_000, imageTokens: patches(1.62) },
  { models: /^gpt-5-nano\b/, ...O200K, maxOutputTokens: 128_000, contextTokens: 400_000, imageTokens: patches(2.46) },
  {
    models: /^gpt-5(-\d{4}-\d\d-\d\d)?$/,
    ...O200K,
    maxOutputTokens: 128_000,
    contextTokens: 400_000,
    imageTokens: TILES_5,
  },
  { models: /^gpt-5\.[123]-chat\b/, ...O200K, maxOutputTokens: 16_384, contextTokens: 128_000 },
  {
    models: /^gpt-5\.([12]|3-codex|4-mini|4-nano|6-cyber)\b/,
    ...O200K,
    maxOutputTokens: 128_000,
    contextTokens: 400_000,
  },
  { models: /^gpt-5\.[456]\b(?!-chat)/, ...O200K, maxOutputTokens: 128_000, contextTokens: 1_050_000 },
  { models: /^(chat|daybreak-red)-latest$/, ...O200K, maxOutputTokens: 128_000, contextTokens: 400_000 },
  { models: /^daybreak-blue-latest$/, ...O200K, maxOutputTokens: 128_000, contextTokens: 1_050_000 },
  { models: /^text-embedding-(3-(small|large)|ada-002)\b/, ...CL100K },
  // Moderation is free, for images too.
  { models: /^(omni|text)-moderation\b/, imageTokens: () => 0 },
];
