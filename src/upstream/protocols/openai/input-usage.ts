import { addNanoUsdText, type NanoUsdText } from '../../../domain/money.js';
import { isTokenCount, tokenUsage, type ReportedUsage } from '../../../domain/pricing/tokens.js';
import { asObject } from '../../json/json.js';
import { statedCost } from './usage.js';
import type { ResponseQuirks } from '../../quirks.js';

/** Usage without output. Undefined if the provider reports no whole number of tokens. Zero is a valid count. */
export function inputUsage(tokens: unknown, statedCostNanoUsd?: NanoUsdText): ReportedUsage | undefined {
  return isTokenCount(tokens) ? { tokens: tokenUsage({ input: tokens }), statedCostNanoUsd } : undefined;
}

/** Reads a `usage` object in OpenAI's form, with the cost if the provider states it. */
export function parseInputUsage(value: unknown, { countsAt }: ResponseQuirks = {}): ReportedUsage | undefined {
  const usage = asObject(value);
  return usage && inputUsage(usage['prompt_tokens'], countsAt && statedCost(usage, countsAt));
}

/** The sum of the usage of several requests. Undefined if one of them has none. */
export function summedUsage(parts: readonly (ReportedUsage | undefined)[]): ReportedUsage | undefined {
  const [first, ...others] = parts;
  return others.reduce((sum, part) => (sum && part ? plus(sum, part) : undefined), first);
}

function plus(one: ReportedUsage, other: ReportedUsage): ReportedUsage {
  const [cost, more] = [one.statedCostNanoUsd, other.statedCostNanoUsd];
  return {
    tokens: tokenUsage({ input: one.tokens.input + other.tokens.input }),
    statedCostNanoUsd: cost === undefined || more === undefined ? undefined : addNanoUsdText(cost, more),
    ...((one.isUnlisted || other.isUnlisted) && { isUnlisted: true }),
  };
}
