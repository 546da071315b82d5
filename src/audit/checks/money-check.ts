import type { OpenHold } from '../../domain/events/carried-statement.js';
import type { UsageRecorded } from '../../domain/events/index.js';
import { isLimited } from '../../domain/statement/hold.js';
import { nanoUsd } from '../../domain/money.js';
import { holdOf } from '../../domain/statement/open-holds.js';
import {
  freeBudget,
  freeWallet,
  spentOf,
  type StatementEvent,
  type StatementState,
} from '../../domain/statement/statement.js';

/**
 * Says where a budget or wallet is overdrawn without a cause that stands in the book, and where a settlement is not
 * what its hold allows: a budget is passed only by being lowered or by usage flagged `overrun` or `late`.
 */
export function* moneyProblems(
  before: StatementState,
  after: StatementState,
  event: StatementEvent,
): Generator<string> {
  const excused =
    event.type === 'UsageRecorded' && (event.data.flags.includes('overrun') || event.data.flags.includes('late'));
  if (event.type === 'UsageRecorded') yield* settlementProblems(before, event);
  // A month that is resumed may have been within a budget that was lowered since.
  const sets = event.type === 'BudgetSet' || event.type === 'MonthResumed';
  if (!sets && !excused && isBelowZero(freeBudget(after)) && !isBelowZero(freeBudget(before)))
    yield `passes the budget of ${after.capNanoUsd}: ${spentOf(after)} spent, ${after.heldNanoUsd} held`;
  if (!excused && isBelowZero(freeWallet(after)) && !isBelowZero(freeWallet(before)))
    yield `overdraws the wallet: a balance of ${after.wallet!.balanceNanoUsd}, ${after.wallet!.heldNanoUsd} held`;
}

function isBelowZero(free: bigint | undefined): boolean {
  return free !== undefined && free < 0n;
}

function* settlementProblems(before: StatementState, { data }: UsageRecorded): Generator<string> {
  const { hold, flags, wallet, countsIn } = data;
  const open = hold === null ? undefined : holdOf(before.holds, hold);
  const costs = nanoUsd(data.costNanoUsd ?? '0') > 0n;
  const isUnheld = costs && (open ? before.capNanoUsd !== null && open.costNanoUsd === null : isLimited(before));
  const isLate = isUnheld || (hold !== null && !open);
  if (flags.includes('late') !== isLate)
    yield `is${isLate ? ' not' : ''} flagged late, but ${hold ?? 'no hold'} was ${open ? '' : 'not '}open`;
  if (!open) return;
  if (flags.includes('overrun') !== isOverrun(open, data))
    yield `costs ${data.costNanoUsd} of ${open.costNanoUsd} held, and its flags do not say so`;
  const month = open.month < before.month ? open.month : null;
  if (countsIn !== month) yield `counts in ${countsIn ?? 'its own month'}, but its hold in ${month ?? 'the same'}`;
  if ((wallet === null) !== (open.walletNanoUsd === null))
    yield `${wallet ? 'takes' : 'takes nothing'} from the wallet against its hold`;
  const due = data.billableNanoUsd ?? data.costNanoUsd ?? '0';
  if (wallet && wallet.debitNanoUsd !== due) yield `takes ${wallet.debitNanoUsd} from the wallet, but ${due} is due`;
}

function isOverrun(
  { costNanoUsd, walletNanoUsd }: OpenHold,
  { costNanoUsd: cost, wallet }: UsageRecorded['data'],
): boolean {
  return (
    (costNanoUsd !== null && nanoUsd(cost ?? '0') > nanoUsd(costNanoUsd)) ||
    (wallet !== null && nanoUsd(wallet.debitNanoUsd) > nanoUsd(walletNanoUsd ?? '0'))
  );
}
