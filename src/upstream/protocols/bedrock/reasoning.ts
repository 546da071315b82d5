import type { ChatBody } from '../../../domain/call/call.js';
import type { ClaudeTraits } from '../anthropic/claude-models.js';
import { thinkingOf } from '../anthropic/thinking.js';
import { malformed } from '../request/malformed.js';
import type { ModelTraits } from './model-traits.js';
import type { Json } from './wire.js';

/** How much a model is to think, in the words of its family. */
export interface Reasoning {
  /** Go out as `additionalModelRequestFields`. */
  readonly fields: Readonly<Record<string, Json>>;
  /** Goes out as `outputConfig.effort`. */
  readonly effort?: string;
  /** Temperature and top_p may not be given beside it. */
  readonly fixesSampling: boolean;
}

/** What decides whether a model can think, beside the effort that is asked for. */
export interface ReasoningTerms {
  readonly maxTokens: number | undefined;
  /** A tool must be called. */
  readonly isForced: boolean;
  /** The answer goes on with a turn of the assistant. */
  readonly goesOn: boolean;
}

const NOTHING: Reasoning = { fields: {}, fixesSampling: false };

/** Where there are but three levels. */
const LEVELS = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
} as const;

/** Efforts that a model must think for. */
const ABOVE_HIGH: ReadonlySet<unknown> = new Set(['xhigh', 'max']);

/**
 * What `reasoning_effort` comes to with a model; nothing with models that have no such thing.
 * @throws RingsideError `invalid_parameter` for an effort that is none
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

/** At high effort no limit may be given; where there is one it counts for more. */
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
