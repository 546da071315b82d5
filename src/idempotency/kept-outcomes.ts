import type { ErrorCode, RingsideError } from '../domain/errors.js';

/**
 * What becomes of the key of a first request that failed: its failure is kept, it counts as interrupted, or the key is
 * free again.
 */
export type FailedKey = 'kept' | 'interrupted' | 'freed';

/** Failures that say nothing about what the provider did. */
const OF_THE_MOMENT: ReadonlySet<ErrorCode> = new Set(['ledger_unavailable', 'shutting_down']);

/**
 * Refusals free the key, since nothing happened: a corrected request, or the same one later, is welcome under it. Once
 * anything was sent upstream the key is used up: the failure is the answer, as with Stripe, unless it hides what the
 * provider did.
 */
export function keyAfter({ code, isFromUpstream }: RingsideError, sentUpstream: boolean): FailedKey {
  if (OF_THE_MOMENT.has(code)) return sentUpstream ? 'interrupted' : 'freed';
  return sentUpstream || isFromUpstream || code === 'internal_error' ? 'kept' : 'freed';
}
