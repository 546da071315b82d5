import type { SizedModels } from '../provider.js';
import type { LikelyOutput } from '../quirks.js';

/**
 * An image costs one token for every 750 pixels. Before that it is shrunk until its longer side has no more pixels than
 * this.
 */
const MOST_PIXELS = 1568;
/** Models from Opus 4.7 on take larger images. */
const MOST_PIXELS_SINCE_4_7 = 2576;
const PIXELS_PER_TOKEN = 750;

/**
 * The longest answer of the newest models. Too high a limit is refused with an error. Too low a limit cuts answers
 * silently.
 */
export const NEWEST_OUTPUT_TOKENS = 128_000;

/**
 * Anthropic's models as its documentation has them (platform.claude.com: models overview, vision; checked 2026-11-28).
 * A model that is not documented to be one of these has no row, so that nothing about it is taken for known.
 */
export const anthropicSizes: readonly SizedModels[] = [
  { models: /^claude-(2|instant)/, maxOutputTokens: 4_096 },
  row(/^claude-3-(opus|sonnet|haiku)-/, 4_096, 200_000),
  row(/^claude-3-5-(sonnet|haiku)-/, 8_192, 200_000),
  row(/^claude-3-7-sonnet-/, 64_000, 200_000),
  row(/^claude-opus-4(-[01])?(-20\d{6})?$/, 32_000, 200_000),
  row(/^claude-sonnet-4(-0)?(-20\d{6})?$/, 64_000, 200_000),
  row(/^claude-(opus|sonnet|haiku)-4-5(-20\d{6})?$/, 64_000, 200_000),
  row(/^claude-sonnet-4-6(-20\d{6})?$/, 64_000, 1_000_000),
  row(/^claude-opus-4-6(-20\d{6})?$/, 128_000, 1_000_000),
  row(/^claude-opus-4-7(-20\d{6})?$/, 128_000, 1_000_000, MOST_PIXELS_SINCE_4_7),
  {
    models: /^claude-(opus-4-8|(opus|sonnet)-5(-5)?|(fable|mythos)-5(-[12])?|haiku-5-5)(-20\d{6})?$/,
    maxOutputTokens: NEWEST_OUTPUT_TOKENS,
  },
];

function row(models: RegExp, maxOutputTokens: number, contextTokens: number, pixels = MOST_PIXELS): SizedModels {
  return { models, maxOutputTokens, contextTokens, imageTokens: () => Math.ceil(pixels ** 2 / PIXELS_PER_TOKEN) };
}

const SOURCE = 'platform.claude.com/docs/en/about-claude/models, 2026-11-28';

/** After the first number of a generation: a date or nothing, but no second number. */
const WHOLE = String.raw`(?![.-]?\d{1,2}(?!\d))`;

/**
 * How long a call's answer may be that says no limit, as the name tells it in whatever cloud's spelling:
 * `claude-opus-4-1@20250805`, `anthropic/claude-4.5-sonnet`, `us.anthropic.claude-3-5-sonnet-20240620-v1:0`. The first
 * row that matches counts.
 */
export const claudeOutputs: readonly LikelyOutput[] = [
  { models: /claude-(v?[12]\b|instant|3-(opus|sonnet|haiku))/, tokens: 4_096, source: SOURCE },
  { models: /claude-3[.-]5\b/, tokens: 8_192, source: SOURCE },
  { models: new RegExp(`claude-(opus-4([.-][01])?|4([.-][01])?-opus)${WHOLE}`), tokens: 32_000, source: SOURCE },
  { models: new RegExp(`claude-(3[.-]7|sonnet-4([.-]0)?|4(.0)?-sonnet)${WHOLE}`), tokens: 64_000, source: SOURCE },
  {
    models: /claude-((opus|sonnet|haiku)-4[.-]5|4[.-]5-|sonnet-4[.-]6|4[.-]6-sonnet)(?!\d)/,
    tokens: 64_000,
    source: SOURCE,
  },
  { models: /claude/, tokens: NEWEST_OUTPUT_TOKENS, source: SOURCE },
];
