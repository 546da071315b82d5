import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const budgetThresholdCrossedVersion = 1;

/**
 * The month's cost reached 80 % or 100 % of the budget, or a first call was refused (which counts as 100 %). Once for
 * each crossing: again only in a new month, or after a changed budget put the cost below the threshold.
 */
export type BudgetThresholdCrossed = EventOf<
  'BudgetThresholdCrossed',
  {
    readonly percent: 80 | 100;
    /** `refused` = by a call that did not fit, at a cost below the threshold. */
    readonly by: 'spent' | 'refused';
    readonly capNanoUsd: NanoUsdText;
    readonly spentNanoUsd: NanoUsdText;
    readonly heldNanoUsd: NanoUsdText;
  }
>;
