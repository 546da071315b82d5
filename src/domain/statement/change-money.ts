import type { Decision, DecisionContext } from '../decider.js';
import { envelopeOf, type CustomerCause } from '../events/command-cause.js';
import { RingsideError } from '../errors.js';
import type { BudgetSet, WalletCredited } from '../events/index.js';
import type { CreditKind } from '../events/wallet-credited.js';
import { formatUsd, nanoUsd, type NanoUsd, type NanoUsdText } from '../money.js';
import { evolveStatement, freeWallet, type StatementEvent, type StatementState } from './statement.js';
import { crossings } from './thresholds.js';

/** Sets the monthly budget, null for none. */
export interface SetBudget {
  readonly type: 'SetBudget';
  readonly cause: CustomerCause;
  readonly capNanoUsd: NanoUsdText | null;
}

/** Changes the wallet's balance other than by a call. */
export interface CreditWallet {
  readonly type: 'CreditWallet';
  readonly cause: CustomerCause;
  /** `txn_…` */
  readonly transaction: string;
  readonly kind: CreditKind;
  /** Negative only for `adjust`; null for a `refund` of all that is left of the debit. */
  readonly amountNanoUsd: NanoUsdText | null;
  readonly note: string | null;
  /** The call that a `refund` gives back for, and what it took from the wallet; null for the other kinds. */
  readonly refund: { readonly requestId: string; readonly debitedNanoUsd: NanoUsdText } | null;
}

/** The new budget rules the very next call; calls in flight keep their holds. */
export function setBudget(
  { cause, capNanoUsd }: SetBudget,
  state: StatementState,
  context: DecisionContext,
): Decision<StatementEvent, null> {
  const set: BudgetSet = { ...envelopeOf(cause, context, 'budget'), type: 'BudgetSet', data: { capNanoUsd } };
  return { events: [set, ...crossings(evolveStatement(state, set), cause, context)], outcome: null };
}

/**
 * The wallet with what was paid in, corrected or given back; the first top-up makes it.
 * @throws RingsideError `not_found` without a wallet, `invalid_parameter` for an adjustment of more than is free or a
 * refund of more than was paid
 */
export function creditWallet(
  command: CreditWallet,
  state: StatementState,
  context: DecisionContext,
): Decision<StatementEvent, null> {
  const { cause, transaction, kind, note, refund } = command;
  if (!state.wallet && kind !== 'topup')
    throw new RingsideError('not_found', 'the customer has no wallet; its first top-up makes one');
  const amount = amountOf(command, state);
  const free = freeWallet(state);
  if (free !== undefined && amount < 0n && free + amount < 0n) {
    const message = `amount_usd must not take more than is free: ${formatUsd(free)} USD, since holds of calls under way count as spent`;
    throw new RingsideError('invalid_parameter', message, { param: 'amount_usd' });
  }
  const credited: WalletCredited = {
    ...envelopeOf(cause, context, 'wallet'),
    type: 'WalletCredited',
    data: {
      transaction,
      kind,
      amountNanoUsd: amount.toString(),
      balanceNanoUsd: (nanoUsd(state.wallet?.balanceNanoUsd ?? '0') + amount).toString(),
      refundedRequest: refund?.requestId ?? null,
    },
    personal: note === null ? undefined : { note },
  };
  return { events: [credited, ...crossings(evolveStatement(state, credited), cause, context)], outcome: null };
}

function amountOf({ amountNanoUsd, refund }: CreditWallet, { wallet }: StatementState): NanoUsd {
  const wanted = amountNanoUsd === null ? undefined : nanoUsd(amountNanoUsd);
  if (!refund) return wanted!;
  const left = nanoUsd(nanoUsd(refund.debitedNanoUsd) - nanoUsd(wallet!.refunded[refund.requestId] ?? '0'));
  if (left <= 0n)
    throw new RingsideError('invalid_parameter', 'request_id must be a call with something left to refund', {
      param: 'request_id',
    });
  if (wanted === undefined || wanted <= left) return wanted ?? left;
  throw new RingsideError(
    'invalid_parameter',
    `amount_usd must be at most ${formatUsd(left)} USD, what is left of the debit`,
    {
      param: 'amount_usd',
    },
  );
}
