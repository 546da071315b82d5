import { claudeTraits, type ClaudeTraits } from '../anthropic/claude-models.js';
import { claudeVersion } from '../anthropic/claude-version.js';

/** The families that need different requests. */
export type Family = 'claude' | 'nova' | 'nova-2' | 'gpt-oss' | 'llama' | 'mistral' | 'titan' | 'other';

/** What decides how a request is written. */
export interface ModelTraits {
  readonly family: Family;
  /** The version of a Claude model, as `claudeVersion` returns it. */
  readonly version: number;
  /** The traits of a Claude model. Undefined for others. */
  readonly claude: ClaudeTraits | undefined;
}

/**
 * A model's id contains its maker's name, with or without a region (`us.…`), also in an ARN. Custom profiles
 * (`…/a1b2c3`) hide it. Unknown generations count as the newest (docs.aws.amazon.com/bedrock, 2026-11-28).
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

/** `claude-v2:1` and `claude-instant-v1`, which are older than all names at Anthropic. */
const OLD_CLAUDE = /claude-(instant-)?v\d/;

/** The traits of a model, by its id. */
export function traitsOf(model: string): ModelTraits {
  const family = FAMILIES.find(([pattern]) => pattern.test(model))?.[1] ?? 'other';
  const version = OLD_CLAUDE.test(model) ? 0 : claudeVersion(model);
  return { family, version, claude: family === 'claude' ? claudeTraits(model, version) : undefined };
}
