import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const creditThresholdCrossedVersion = 1;

/**
 * What is left of the account's own credit fell below a fifth of the last grant (`low`), or it is used up or a first
 * call was refused (`empty`). Once for each crossing: again only after a grant lifted what is left above the threshold.
 * It is said a little later than it happened, with the amounts as they were when it was noticed.
 */
export type CreditThresholdCrossed = EventOf<
  'CreditThresholdCrossed',
  {
    readonly threshold: 'low' | 'empty';
    readonly by: 'spent' | 'refused';
    readonly remainingNanoUsd: NanoUsdText;
    readonly lastGrantNanoUsd: NanoUsdText;
  }
>;
