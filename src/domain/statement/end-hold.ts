import type { Decision, DecisionContext } from '../decider.js';
import { envelopeOf, type CustomerCause } from '../events/command-cause.js';
import type { HoldReleased, UsageRecorded } from '../events/index.js';
import type { UsageFlag, UsageRecordedData, WalletDebit } from '../events/usage-recorded.js';
import { isLimited, type PlacedHold } from './hold.js';
import { nanoUsd, type NanoUsd } from '../money.js';
import { holdOf, overdueHolds } from './open-holds.js';
import { startOfMonth } from '../clock.js';
import type { StatementContext } from './context.js';
import { countingMonth } from './resumed-month.js';
import { evolveStatement, type StatementEvent, type StatementState } from './statement.js';
import { crossings } from './thresholds.js';

/** What a call used, before it is known what that means for the customer's money. Plain JSON. */
export interface MeasuredUsage {
  readonly cause: CustomerCause;
  readonly personal: UsageRecorded['personal'];
  readonly usage: Omit<UsageRecordedData, 'hold' | 'countsIn' | 'wallet'>;
  /** The hold that was placed for the call, if one was. */
  readonly hold: PlacedHold | undefined;
  /** `txn_…` of the debit; there where the wallet pays. */
  readonly transaction: string | undefined;
}

/** Records what a call used. */
export interface RecordUsage extends MeasuredUsage {
  readonly type: 'RecordUsage';
  /**
   * For usage that may be recorded already: by month (`yyyymm`), the revision up to which the customer's statement was
   * searched for it. The usage is recorded only where nothing of the statement lies behind what was searched.
   */
  readonly searched?: Readonly<Record<string, number>>;
}

/** Frees what was held for a call that was never sent. */
export interface ReleaseHold {
  readonly type: 'ReleaseHold';
  readonly cause: CustomerCause;
  readonly hold: string;
}

/** Frees every hold whose time is over. */
export interface ExpireHolds {
  readonly type: 'ExpireHolds';
  /** Whoever noticed it. */
  readonly cause: CustomerCause;
}

/**
 * What became of usage: it is recorded, or nothing was written since the statement of a month must be searched further
 * first.
 */
export type RecordOutcome =
  | { readonly kind: 'recorded'; readonly event: UsageRecorded }
  | { readonly kind: 'unsearched'; readonly month: string };

/** The step of the event that records one attempt's usage (1 for the first). */
export function usageStep(attempt: number): string {
  return `usage-${attempt}`;
}

/**
 * The usage settles its hold. The truth is recorded whatever it is: more than was held is flagged `overrun`, a hold
 * that was over already `late`.
 */
export function recordUsage(
  command: RecordUsage,
  state: StatementState,
  context: StatementContext,
): Decision<StatementEvent, RecordOutcome> {
  if (!isSearched(command, state, context)) return { events: [], outcome: { kind: 'unsearched', month: state.month } };
  const { cause, personal, usage, hold, transaction } = command;
  const month = hold?.month ?? countingMonth(state);
  const countsIn = month < state.month ? month : null;
  const debit = debitOf(state, command);
  const event: UsageRecorded = {
    ...envelopeOf(cause, context, usageStep(usage.attempt)),
    // What counts in a month that lies ahead, since its hold was taken there before the clock was set back, must not
    // seem to be earlier.
    occurredAt: countsIn === null ? Math.max(context.nowMs, startOfMonth(state.month)) : context.nowMs,
    type: 'UsageRecorded',
    data: {
      ...usage,
      flags: [...usage.flags, ...flagsOf(state, command, debit)],
      hold: hold?.hold ?? null,
      countsIn,
      wallet: debit === undefined ? null : debited(state, transaction!, debit),
    },
    personal,
  };
  // Without a budget and a wallet there is nothing to cross, and most calls are such.
  const crossed = isLimited(state) ? crossings(evolveStatement(state, event), cause, context) : [];
  return { events: [event, ...crossed], outcome: { kind: 'recorded', event } };
}

/** Nothing happens when the hold is over already. */
export function releaseHold(
  { hold, cause }: ReleaseHold,
  state: StatementState,
  context: DecisionContext,
): Decision<StatementEvent, null> {
  return { events: holdOf(state.holds, hold) ? [released(hold, 'released', cause, context)] : [], outcome: null };
}

/** The outcome says how many holds were freed. */
export function expireHolds(
  { cause }: ExpireHolds,
  state: StatementState,
  context: StatementContext,
): Decision<StatementEvent, { readonly expired: number }> {
  const events = expiries(state, cause, context);
  return { events, outcome: { expired: events.length } };
}

/** The end of every hold whose time is over: nobody can be working on its call any more, unless the clock jumped. */
export function expiries({ holds }: StatementState, cause: CustomerCause, context: StatementContext): HoldReleased[] {
  const { nowMs, isActive } = context;
  const overdue = overdueHolds(holds, nowMs);
  return (isActive ? overdue.filter((hold) => !isActive(hold)) : overdue).map((hold) =>
    released(hold, 'expired', cause, context),
  );
}

/** The cause of an expiry is whoever noticed it; the id holds that, so that two who notice at once conflict. */
function released(
  hold: string,
  reason: 'released' | 'expired',
  cause: CustomerCause,
  context: DecisionContext,
): HoldReleased {
  return { ...envelopeOf(cause, context, `${reason} ${hold}`), type: 'HoldReleased', data: { hold, reason } };
}

/** Whether everything was searched behind which the usage would be appended. */
function isSearched({ searched }: RecordUsage, { month }: StatementState, { lastRevision }: StatementContext): boolean {
  if (!searched) return true;
  const revision = searched[month];
  return revision !== undefined && lastRevision !== undefined && lastRevision <= revision;
}

/**
 * What the wallet pays: only calls that were admitted on it. A failed call costs no fixed price, but what it used where
 * the cost is paid.
 */
function debitOf(state: StatementState, { hold, usage }: MeasuredUsage): NanoUsd | undefined {
  if (!state.wallet || !hold || hold.walletNanoUsd === null) return undefined;
  return nanoUsd(usage.billableNanoUsd ?? usage.costNanoUsd ?? '0');
}

function debited({ wallet }: StatementState, transaction: string, debit: NanoUsd): WalletDebit {
  return {
    transaction,
    debitNanoUsd: debit.toString(),
    balanceNanoUsd: (nanoUsd(wallet!.balanceNanoUsd) - debit).toString(),
  };
}

function flagsOf(state: StatementState, { hold, usage }: MeasuredUsage, debit: NanoUsd | undefined): UsageFlag[] {
  const cost = nanoUsd(usage.costNanoUsd ?? '0');
  if (!hold) return isLimited(state) && cost > 0n ? ['late'] : [];
  const { costNanoUsd: held, walletNanoUsd: heldInWallet } = hold;
  const flags: UsageFlag[] = [];
  const isUnheld = held === null && state.capNanoUsd !== null && cost > 0n;
  if ((held !== null && cost > nanoUsd(held)) || (debit ?? 0n) > nanoUsd(heldInWallet ?? '0')) flags.push('overrun');
  if (isUnheld || !holdOf(state.holds, hold.hold)) flags.push('late');
  return flags;
}
