import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import { malformed } from '../request/malformed.js';
import type { ClaudeTraits } from './claude-models.js';

/** What is known of a call when it is decided how much the model thinks. */
export interface ThinkingTerms {
  /** The caller's `reasoning_effort`. */
  readonly effort: unknown;
  readonly traits: ClaudeTraits;
  /** The output limit, in which thoughts count. */
  readonly maxTokens: number;
  /** Whether `tool_choice` demands a call; models cannot think then. */
  readonly isForced: boolean;
  /** Whether the answer goes on with a turn of the assistant: older models would want that turn's thoughts back. */
  readonly goesOn: boolean;
}

/** How much the model thinks. */
export interface Thinking {
  readonly thinking?: ThinkingConfigParam;
  readonly effort?: OutputConfig['effort'];
}

const EFFORTS = { minimal: 'low', low: 'low', medium: 'medium', high: 'high', xhigh: 'xhigh', max: 'max' } as const;
const BUDGETS: Readonly<Record<keyof typeof EFFORTS, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 4096,
  high: 16_000,
  xhigh: 32_000,
  max: 32_000,
};
const SMALLEST_BUDGET = 1024;

/**
 * Translates `reasoning_effort`: newer models take an effort and think as they see fit, older ones get a budget of
 * tokens. It is a hint, so that nothing is sent where a model cannot think or could not in this call, and the least
 * where it cannot but think.
 * @throws RingsideError `invalid_parameter` for an effort that nobody knows
 */
export function thinkingOf({ effort, traits, maxTokens, isForced, goesOn }: ThinkingTerms): Thinking {
  if (effort === undefined || effort === null) return {};
  if (effort === 'none') return withoutThinking(traits);
  if (!isEffort(effort)) throw malformed('reasoning_effort', `none, ${Object.keys(EFFORTS).join(', ')}`);
  if (traits.thinking === 'effort') return atEffort(effort, traits, isForced);
  return traits.thinking === 'none' || isForced || goesOn ? {} : withBudget(BUDGETS[effort], maxTokens);
}

function withoutThinking({ off }: ClaudeTraits): Thinking {
  if (off === 'low-effort') return { effort: 'low' };
  return off === 'nothing' ? {} : { thinking: { type: off } };
}

/** The efforts above `high` are for models that think. */
function atEffort(effort: keyof typeof EFFORTS, { knowsXhigh }: ClaudeTraits, isForced: boolean): Thinking {
  const level = effort === 'xhigh' && !knowsXhigh ? 'high' : EFFORTS[effort];
  if (isForced) return { effort: level === 'xhigh' || level === 'max' ? 'high' : level };
  return { thinking: { type: 'adaptive' }, effort: level };
}

/** Thoughts count against the output limit, so that a budget takes at most half of it. */
function withBudget(wanted: number, maxTokens: number): Thinking {
  const budget = Math.min(wanted, Math.floor(maxTokens / 2));
  return budget < SMALLEST_BUDGET ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

function isEffort(effort: unknown): effort is keyof typeof EFFORTS {
  return typeof effort === 'string' && Object.hasOwn(EFFORTS, effort);
}
