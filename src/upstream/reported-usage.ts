import type { ReportedUsage } from '../domain/tokens.js';
import type { CanonicalUsage } from './canonical.js';

/** What the meter needs of a provider's usage. */
export function reportedUsage(usage: CanonicalUsage | undefined): ReportedUsage | undefined {
  return usage && { tokens: usage.tokens, billed: usage.billed, statedCostNanoUsd: usage.statedCostNanoUsd };
}
