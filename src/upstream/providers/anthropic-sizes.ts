import type { SizedModels } from '../provider.js';

/** An image costs a token for every 750 pixels, after it has been shrunk until its longer side has no more than these. */
const MOST_PIXELS = 1568;
/** From Opus 4.7 on, more can be seen. */
const MOST_PIXELS_SINCE_4_7 = 2576;
const PIXELS_PER_TOKEN = 750;

/**
 * Anthropic's models as its documentation has them (platform.claude.com: models, vision). A model that is not documented to be
 * one of these has no row, so that nothing about it is taken for known.
 */
export const anthropicSizes: readonly SizedModels[] = [
  row(/^claude-opus-4(-[01])?(-20\d{6})?$/, 32_000, 200_000),
  row(/^claude-sonnet-4(-0)?(-20\d{6})?$/, 64_000, 200_000),
  row(/^claude-(opus|sonnet|haiku)-4-5(-20\d{6})?$/, 64_000, 200_000),
  row(/^claude-sonnet-4-6(-20\d{6})?$/, 64_000, 1_000_000),
  row(/^claude-opus-4-6(-20\d{6})?$/, 128_000, 1_000_000),
  row(/^claude-opus-4-7(-20\d{6})?$/, 128_000, 1_000_000, MOST_PIXELS_SINCE_4_7),
];

function row(models: RegExp, maxOutputTokens: number, contextTokens: number, pixels = MOST_PIXELS): SizedModels {
  return { models, maxOutputTokens, contextTokens, imageTokens: () => Math.ceil(pixels ** 2 / PIXELS_PER_TOKEN) };
}
