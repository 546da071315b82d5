import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import { malformed } from '../request/malformed.js';
import type { ClaudeTraits } from './claude-models.js';

/** What decides how much the model thinks. */
export interface ThinkingTerms {
  /** The caller's `reasoning_effort`. */
  readonly effort: unknown;
  readonly traits: ClaudeTraits;
  /** The output limit, which includes thoughts. */
  readonly maxTokens: number;
  /** Whether `tool_choice` demands a call. Models cannot think then. */
  readonly isForced: boolean;
  /** Whether the answer continues an assistant turn. Older models would need that turn's thoughts. */
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
 * Translates `reasoning_effort`: newer models take an effort, older ones a budget of tokens. It is a hint: nothing goes
 * out if the model cannot think in this call, and the lowest effort if it always thinks.
 * @throws RingsideError `invalid_parameter` for an unknown effort
 */
export function thinkingOf({ effort, traits, maxTokens, isForced, goesOn }: ThinkingTerms): Thinking {
  if (effort === undefined || effort === null) return {};
  if (effort === 'none') return withoutThinking(traits);
  if (!isEffort(effort)) throw malformed('reasoning_effort', `one of none, ${Object.keys(EFFORTS).join(', ')}`);
  if (traits.thinking === 'effort') return atEffort(effort, traits, isForced);
  return traits.thinking === 'none' || isForced || goesOn ? {} : withBudget(BUDGETS[effort], maxTokens);
}

function withoutThinking({ off }: ClaudeTraits): Thinking {
  if (off === 'low-effort') return { effort: 'low' };
  return off === 'nothing' ? {} : { thinking: { type: off } };
}

/** Efforts above `high` need thinking. */
function atEffort(effort: keyof typeof EFFORTS, { knowsXhigh }: ClaudeTraits, isForced: boolean): Thinking {
  const level = effort === 'xhigh' && !knowsXhigh ? 'high' : EFFORTS[effort];
  if (isForced) return { effort: level === 'xhigh' || level === 'max' ? 'high' : level };
  return { thinking: { type: 'adaptive' }, effort: level };
}

/** Thoughts count against the output limit, so a budget takes at most half of it. */
function withBudget(wanted: number, maxTokens: number): Thinking {
  const budget = Math.min(wanted, Math.floor(maxTokens / 2));
  return budget < SMALLEST_BUDGET ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

function isEffort(effort: unknown): effort is keyof typeof EFFORTS {
  return typeof effort === 'string' && Object.hasOwn(EFFORTS, effort);
}
