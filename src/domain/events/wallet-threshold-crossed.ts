import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const walletThresholdCrossedVersion = 1;

/**
 * The wallet fell below a fifth of the last top-up (`low`), or it is used up or a first call was refused (`empty`).
 * Once for each crossing: again only after a credit lifted the balance above the threshold.
 */
export type WalletThresholdCrossed = EventOf<
  'WalletThresholdCrossed',
  {
    readonly threshold: 'low' | 'empty';
    readonly by: 'spent' | 'refused';
    readonly balanceNanoUsd: NanoUsdText;
    readonly lastTopUpNanoUsd: NanoUsdText;
  }
>;
