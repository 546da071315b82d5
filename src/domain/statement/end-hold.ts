import { envelopeOf, type Cause } from '../events/cause.js';
import type { HoldReleased, UsageRecorded } from '../events/index.js';
import type { UsageFlag, UsageRecordedData } from '../events/usage-recorded.js';
import { isLimited, type PlacedHold } from './hold.js';
import { nanoUsd, type NanoUsd } from '../money.js';
import { holdOf, overdueHolds } from './open-holds.js';
import { startOfMonth } from '../clock.js';
import { countingMonth } from './resumed-month.js';
import { evolveStatement, type StatementEvent, type StatementState } from './statement.js';
import { crossings } from './thresholds.js';

/** What a call used, before it is known what that means for the customer's money. */
export interface MeasuredUsage {
  readonly cause: Cause;
  readonly personal: UsageRecorded['personal'];
  readonly usage: Omit<UsageRecordedData, 'hold' | 'countsIn' | 'wallet'>;
  /** The hold that was placed for the call, if one was. */
  readonly hold: PlacedHold | undefined;
  /** `txn_…` of the debit, if the wallet pays. */
  readonly transaction: string;
}

/**
 * Records what a call used, which ends its hold. The truth is recorded whatever it is: more than was held is flagged `overrun`, a
 * hold that was over already `late`.
 */
export function settleUsage(state: StatementState, atMs: number, measured: MeasuredUsage): StatementEvent[] {
  const { cause, personal, usage, hold, transaction } = measured;
  const month = hold?.month ?? countingMonth(state);
  const countsIn = month < state.month ? month : null;
  const debit = debitOf(state, measured);
  const recorded: UsageRecorded = {
    // What counts in a month that lies ahead, since its hold was taken there before the clock was set back, must not seem to be earlier.
    ...envelopeOf(cause, countsIn === null ? Math.max(atMs, startOfMonth(state.month)) : atMs, `usage-${usage.attempt}`),
    type: 'UsageRecorded',
    data: {
      ...usage,
      flags: [...usage.flags, ...flagsOf(state, measured, debit)],
      hold: hold?.hold ?? null,
      countsIn,
      wallet:
        debit === undefined
          ? null
          : {
              transaction,
              debitNanoUsd: debit.toString(),
              balanceNanoUsd: (nanoUsd(state.wallet!.balanceNanoUsd) - debit).toString(),
            },
    },
    personal,
  };
  // Without a budget and a wallet there is nothing to cross, and most calls are such.
  if (!isLimited(state)) return [recorded];
  return [recorded, ...crossings(evolveStatement(state, recorded), atMs, cause)];
}

/** Frees what was held for a call that was never sent. Nothing happens when the hold is over already. */
export function releaseHold(state: StatementState, atMs: number, hold: string, cause: Cause): StatementEvent[] {
  return holdOf(state.holds, hold) ? [released(hold, 'released', atMs, cause)] : [];
}

/**
 * Frees every hold whose time is over: nobody can be working on its call any more.
 * @param isUnderWay tells of a hold whose time seems to be over that its call is at work all the same: the clock jumped
 */
export function expireHolds({ holds }: StatementState, atMs: number, cause: Cause, isUnderWay?: (hold: string) => boolean): HoldReleased[] {
  const overdue = overdueHolds(holds, atMs);
  return (isUnderWay ? overdue.filter((hold) => !isUnderWay(hold)) : overdue).map((hold) => released(hold, 'expired', atMs, cause));
}

/** The cause of an expiry is whoever noticed it; the id holds that, so that two who notice at once conflict. */
function released(hold: string, reason: 'released' | 'expired', atMs: number, cause: Cause): HoldReleased {
  return { ...envelopeOf(cause, atMs, `${reason} ${hold}`), type: 'HoldReleased', data: { hold, reason } };
}

/** What the wallet pays: only calls that were admitted on it. A failed call costs no fixed price, but what it used where the cost is paid. */
function debitOf(state: StatementState, { hold, usage }: MeasuredUsage): NanoUsd | undefined {
  if (!state.wallet || !hold || hold.walletNanoUsd === null) return undefined;
  return nanoUsd(usage.billableNanoUsd ?? usage.costNanoUsd ?? '0');
}

function flagsOf(state: StatementState, { hold, usage }: MeasuredUsage, debit: NanoUsd | undefined): UsageFlag[] {
  const cost = nanoUsd(usage.costNanoUsd ?? '0');
  if (!hold) return isLimited(state) && cost > 0n ? ['late'] : [];
  const flags: UsageFlag[] = [];
  const isUnheld = hold.costNanoUsd === null && state.capNanoUsd !== null && cost > 0n;
  if ((hold.costNanoUsd !== null && cost > hold.costNanoUsd) || (debit ?? 0n) > (hold.walletNanoUsd ?? 0n)) flags.push('overrun');
  if (isUnheld || !holdOf(state.holds, hold.hold)) flags.push('late');
  return flags;
}
