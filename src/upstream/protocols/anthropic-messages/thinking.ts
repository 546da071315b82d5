import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import { malformed } from '../malformed.js';
import { FIRST_ADAPTIVE, FIRST_OWN_SAMPLING, FIRST_THINKING } from './claude-version.js';

/** What is known of a call when it is decided how much the model thinks. */
export interface ThinkingTerms {
  /** The caller's `reasoning_effort`. */
  readonly effort: unknown;
  /** By `claudeVersion`. */
  readonly version: number;
  readonly maxTokens: number;
  /** Whether the limit must be kept: it is the caller's, a hold's or the model's own. */
  readonly isFixed: boolean;
  /** Whether a tool must be called; models cannot think then. */
  readonly isForced: boolean;
  /** Whether the answer goes on with a turn of the assistant: older models would want that turn's thoughts back. */
  readonly goesOn: boolean;
}

/** The output limit, and whether it must be kept. */
type OutputLimit = Pick<ThinkingTerms, 'maxTokens' | 'isFixed'>;

/** How much the model thinks, and the output limit that has room for it. */
export interface Thinking {
  readonly thinking?: ThinkingConfigParam;
  readonly effort?: OutputConfig['effort'];
  readonly maxTokens: number;
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

/** What is left for the answer itself where the limit can be raised to make room for thinking. */
const ANSWER_TOKENS = 4096;

/**
 * Translates `reasoning_effort`: newer models take an effort and think as they see fit, older ones get a budget of tokens. It is
 * a hint, so that nothing is sent where a model cannot think or could not in this call.
 * @throws RingsideError `invalid_parameter` for an effort that nobody knows
 */
export function thinkingOf({ effort, version, ...terms }: ThinkingTerms): Thinking {
  const { maxTokens } = terms;
  if (effort === undefined || effort === null) return { maxTokens };
  if (effort === 'none') return version >= FIRST_ADAPTIVE ? { thinking: { type: 'disabled' }, maxTokens } : { maxTokens };
  if (!isEffort(effort)) throw malformed('reasoning_effort', `none, ${Object.keys(EFFORTS).join(', ')}`);
  if (version >= FIRST_ADAPTIVE) return atEffort(effort, version, terms);
  return version < FIRST_THINKING || terms.isForced || terms.goesOn ? { maxTokens } : withBudget(BUDGETS[effort], terms);
}

/** The efforts above `high` are for models that think. */
function atEffort(
  effort: keyof typeof EFFORTS,
  version: number,
  { isForced, ...limit }: OutputLimit & Pick<ThinkingTerms, 'isForced'>,
): Thinking {
  const level = effort === 'xhigh' && version < FIRST_OWN_SAMPLING ? 'high' : EFFORTS[effort];
  if (isForced) return { effort: level === 'xhigh' || level === 'max' ? 'high' : level, maxTokens: limit.maxTokens };
  return { thinking: { type: 'adaptive' }, effort: level, maxTokens: roomFor(BUDGETS[effort], limit) };
}

/** Thoughts count against the output limit, so that a budget takes at most half of one that must be kept. */
function withBudget(wanted: number, limit: OutputLimit): Thinking {
  const budget = limit.isFixed ? Math.min(wanted, Math.floor(limit.maxTokens / 2)) : wanted;
  if (budget < SMALLEST_BUDGET) return { maxTokens: limit.maxTokens };
  return { thinking: { type: 'enabled', budget_tokens: budget }, maxTokens: roomFor(budget, limit) };
}

/** The output limit, raised where that is allowed, so that thoughts of this many tokens leave something of it for the answer. */
function roomFor(thoughts: number, { maxTokens, isFixed }: OutputLimit): number {
  return isFixed ? maxTokens : Math.max(maxTokens, thoughts + ANSWER_TOKENS);
}

function isEffort(effort: unknown): effort is keyof typeof EFFORTS {
  return typeof effort === 'string' && Object.hasOwn(EFFORTS, effort);
}
