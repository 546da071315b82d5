import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const usageHeldVersion = 1;

/**
 * Money is set aside for a call before it is sent. The hold ends exactly once: with the `UsageRecorded` that names it,
 * or with `HoldReleased`.
 */
export type UsageHeld = EventOf<
  'UsageHeld',
  {
    /** `hold_…` */
    readonly hold: string;
    readonly refUsed: string;
    /**
     * What the amounts are made of: the most that the prompt and all answers together can come to, in tokens; null
     * where a fixed amount is paid.
     */
    readonly bound: { readonly inputTokens: number; readonly outputTokens: number } | null;
    /** What of the month's budget is set aside, null when there is none. */
    readonly costNanoUsd: NanoUsdText | null;
    /** What of the wallet is set aside, null when there is none. */
    readonly walletNanoUsd: NanoUsdText | null;
    /** Unix milliseconds after which nobody can be working on the call any more, and the hold may be released. */
    readonly expiresAt: number;
  }
>;
