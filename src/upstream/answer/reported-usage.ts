import type { ReportedUsage } from '../../domain/pricing/tokens.js';
import type { CanonicalUsage } from '../canonical.js';

/** What the meter needs of a provider's usage; undefined, too, when it cannot be believed. */
export function reportedUsage(usage: CanonicalUsage | undefined): ReportedUsage | undefined {
  if (!usage || usage.isDoubtful) return undefined;
  const { tokens, billed, statedCostNanoUsd, searches, isUnlisted } = usage;
  return { tokens, billed, statedCostNanoUsd, ...(searches && { searches }), ...(isUnlisted && { isUnlisted }) };
}
