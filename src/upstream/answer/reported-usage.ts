import type { ReportedUsage } from '../../domain/pricing/tokens.js';
import type { CanonicalUsage } from '../canonical.js';

/** The usage for the meter. Undefined if there is none or it is implausible. */
export function reportedUsage(usage: CanonicalUsage | undefined): ReportedUsage | undefined {
  if (!usage || usage.isDoubtful) return undefined;
  const { tokens, billed, statedCostNanoUsd, searches, isUnlisted } = usage;
  return { tokens, billed, statedCostNanoUsd, ...(searches && { searches }), ...(isUnlisted && { isUnlisted }) };
}
