import type { ChatBody } from '../../../domain/call/call.js';
import type { ClaudeTraits } from '../anthropic/claude-models.js';
import { thinkingOf } from '../anthropic/thinking.js';
import { malformed } from '../request/malformed.js';
import type { ModelTraits } from './model-traits.js';
import type { Json } from './wire.js';

/** The reasoning settings, in the form of the model's family. */
export interface Reasoning {
  /** Go out as `additionalModelRequestFields`. */
  readonly fields: Readonly<Record<string, Json>>;
  /** Goes out as `outputConfig.effort`. */
  readonly effort?: string;
  /** `temperature` and `top_p` may not go out with it. */
  readonly fixesSampling: boolean;
}

/** What decides whether a model can think, beside the effort. */
export interface ReasoningTerms {
  readonly maxTokens: number | undefined;
  /** A tool must be called. */
  readonly isForced: boolean;
  /** The answer continues an assistant turn. */
  readonly goesOn: boolean;
}

const NOTHING: Reasoning = { fields: {}, fixesSampling: false };

/** For families with only three levels. */
const LEVELS = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
} as const;

/** Efforts that need thinking. */
const ABOVE_HIGH: ReadonlySet<unknown> = new Set(['xhigh', 'max']);

/**
 * Translates `reasoning_effort` for a model. Nothing goes out to models without it.
 * @throws RingsideError `invalid_parameter` for an unknown effort
 */
export function renderReasoning(
  { reasoning_effort: effort }: ChatBody,
  traits: ModelTraits,
  terms: ReasoningTerms,
): Reasoning {
  if (effort === undefined || effort === null) return NOTHING;
  if (!isEffort(effort)) throw malformed('reasoning_effort', `one of ${Object.keys(LEVELS).join(', ')}`);
  if (traits.claude) return claudeReasoning(effort, traits.claude, terms);
  if (traits.family === 'nova-2') return novaReasoning(effort, terms);
  return traits.family === 'gpt-oss' ? { fields: { reasoning_effort: LEVELS[effort] }, fixesSampling: false } : NOTHING;
}

function claudeReasoning(
  asked: keyof typeof LEVELS,
  traits: ClaudeTraits,
  { maxTokens = Infinity, ...terms }: ReasoningTerms,
): Reasoning {
  const { thinking, effort } = thinkingOf({ effort: asked, traits, maxTokens, ...terms });
  return {
    fields: thinking ? { thinking: thinking as unknown as Json } : {},
    effort: !thinking && ABOVE_HIGH.has(effort) ? 'high' : (effort ?? undefined),
    fixesSampling: thinking !== undefined && thinking.type !== 'disabled' && thinking.type !== 'between_tools',
  };
}

/** High effort allows no output limit. If there is a limit, the limit wins. */
function novaReasoning(effort: keyof typeof LEVELS, { maxTokens }: ReasoningTerms): Reasoning {
  if (effort === 'none') return { fields: { reasoningConfig: { type: 'disabled' } }, fixesSampling: false };
  const level = LEVELS[effort];
  const known = level === 'high' && maxTokens !== undefined ? 'medium' : level;
  return {
    fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: known } },
    fixesSampling: known === 'high',
  };
}

function isEffort(effort: unknown): effort is keyof typeof LEVELS {
  return typeof effort === 'string' && Object.hasOwn(LEVELS, effort);
}
