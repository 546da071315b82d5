import type { CreditGranted, CreditThresholdCrossed, UsageRecorded } from '../events/index.js';
import { addNanoUsdText, nanoUsd, type NanoUsd, type NanoUsdText } from '../money.js';
import { isLow } from '../statement/statement.js';

/** An account's credit with the platform, folded from the book. */
export interface AccountCredit {
  readonly grantedNanoUsd: NanoUsdText;
  /** What calls through the platform's keys drew from it: their cost and the mark-up. */
  readonly drawnNanoUsd: NanoUsdText;
  readonly lastGrantNanoUsd: NanoUsdText;
  /** How many grants there were; names the last one. */
  readonly grants: number;
  /** Whether the thresholds were said to be crossed, and no grant has lifted the rest above them since. */
  readonly low: boolean;
  readonly empty: boolean;
}

/** The events that an account's credit follows from. */
export type CreditEvent = CreditGranted | CreditThresholdCrossed | UsageRecorded;

/** Where the rest of a credit can fall to: below a fifth of the last grant, or to nothing. */
export type CreditThreshold = CreditThresholdCrossed['data']['threshold'];

/** An account that was granted nothing. */
export const NO_CREDIT: AccountCredit = {
  grantedNanoUsd: '0',
  drawnNanoUsd: '0',
  lastGrantNanoUsd: '0',
  grants: 0,
  low: false,
  empty: false,
};

/** The credit after an event of its account. */
export function evolveCredit(credit: AccountCredit, event: CreditEvent): AccountCredit {
  switch (event.type) {
    case 'CreditGranted':
      return granted(credit, event.data.amountNanoUsd);
    case 'UsageRecorded': {
      const drawn = event.data.creditNanoUsd;
      return drawn === null ? credit : { ...credit, drawnNanoUsd: addNanoUsdText(credit.drawnNanoUsd, drawn) };
    }
    case 'CreditThresholdCrossed':
      return { ...credit, [event.data.threshold]: true };
  }
}

/** What is left; negative where calls drew more than was granted. */
export function creditLeft({ grantedNanoUsd, drawnNanoUsd }: AccountCredit): NanoUsd {
  return nanoUsd(nanoUsd(grantedNanoUsd) - nanoUsd(drawnNanoUsd));
}

/** The thresholds that are crossed and have not been said yet; none before the first grant. */
export function unsaidThresholds(credit: AccountCredit): CreditThreshold[] {
  const left = creditLeft(credit);
  if (credit.grants === 0) return [];
  const unsaid: CreditThreshold[] = [];
  if (!credit.low && isLow(left, nanoUsd(credit.lastGrantNanoUsd))) unsaid.push('low');
  if (!credit.empty && left <= 0n) unsaid.push('empty');
  return unsaid;
}

/** A threshold can be crossed anew once a grant has lifted the rest above it. */
function granted(before: AccountCredit, amount: NanoUsdText): AccountCredit {
  const grantedNanoUsd = addNanoUsdText(before.grantedNanoUsd, amount);
  const after = { ...before, grantedNanoUsd, lastGrantNanoUsd: amount, grants: before.grants + 1 };
  const left = creditLeft(after);
  return { ...after, low: before.low && isLow(left, nanoUsd(amount)), empty: before.empty && left <= 0n };
}
