import { claudeTraits, type ClaudeTraits } from '../anthropic/claude-models.js';
import { claudeVersion } from '../anthropic/claude-version.js';

/** Whose model it is, as far as a request is written differently for it. */
export type Family = 'claude' | 'nova' | 'nova-2' | 'gpt-oss' | 'llama' | 'mistral' | 'titan' | 'other';

/** What decides how a request to a model is written. */
export interface ModelTraits {
  readonly family: Family;
  /** Of a Claude model, as `claudeVersion` tells it. */
  readonly version: number;
  /** What is known of a Claude model; undefined for others. */
  readonly claude: ClaudeTraits | undefined;
}

/**
 * A model's id has its maker's name in it, be it plain, of a region (`us.…`) or an ARN. Profiles of one's own
 * (`…/a1b2c3`) hide it. Generations that are not known here are taken for the newest (docs.aws.amazon.com/bedrock,
 * 2026-11-28).
 */
const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/\banthropic\.claude/, 'claude'],
  [/\bamazon\.nova-(micro|lite|pro|premier)\b/, 'nova'],
  [/\bamazon\.nova/, 'nova-2'],
  [/\bopenai\./, 'gpt-oss'],
  [/\bmeta\.llama/, 'llama'],
  [/\bmistral\./, 'mistral'],
  [/\bamazon\.titan/, 'titan'],
];

/** `claude-v2:1` and `claude-instant-v1`, which are older than every name that Anthropic itself has. */
const OLD_CLAUDE = /claude-(instant-)?v\d/;

/** Reads what can be known of a model from its id. */
export function traitsOf(model: string): ModelTraits {
  const family = FAMILIES.find(([pattern]) => pattern.test(model))?.[1] ?? 'other';
  const version = OLD_CLAUDE.test(model) ? 0 : claudeVersion(model);
  return { family, version, claude: family === 'claude' ? claudeTraits(model, version) : undefined };
}
