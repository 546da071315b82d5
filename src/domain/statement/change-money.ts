import { envelopeOf, type Cause } from '../events/cause.js';
import { RingsideError } from '../errors.js';
import type { BudgetSet, WalletCredited } from '../events/index.js';
import type { CreditKind } from '../events/wallet-credited.js';
import { formatUsd, nanoUsd, type NanoUsd } from '../money.js';
import { evolveStatement, freeWallet, type StatementEvent, type StatementState } from './statement.js';
import { crossings } from './thresholds.js';

/** Sets the monthly budget, null for none. It rules the very next call; calls in flight keep their holds. */
export function setBudget(state: StatementState, atMs: number, capNanoUsd: NanoUsd | null, cause: Cause): StatementEvent[] {
  const set: BudgetSet = {
    ...envelopeOf(cause, atMs, 'budget'),
    type: 'BudgetSet',
    data: { capNanoUsd: capNanoUsd === null ? null : capNanoUsd.toString() },
  };
  return [set, ...crossings(evolveStatement(state, set), atMs, cause)];
}

/** A change of a wallet that somebody asks for. */
export interface Credit {
  /** `txn_…` */
  readonly transaction: string;
  readonly kind: CreditKind;
  /** Negative only for `adjust`; undefined for a `refund` of all that is left of the debit. */
  readonly amount: NanoUsd | undefined;
  readonly note: string | null | undefined;
  /** The call that is refunded, and what it took from the wallet. */
  readonly refund: { readonly requestId: string; readonly debited: NanoUsd } | undefined;
}

/**
 * Changes a wallet's balance.
 * @throws RingsideError `not_found` without a wallet, `invalid_parameter` for an adjustment of more than is free or a refund of more than was paid
 */
export function creditWallet(state: StatementState, atMs: number, credit: Credit, cause: Cause): StatementEvent[] {
  const { transaction, kind, note, refund } = credit;
  if (!state.wallet && kind !== 'topup') throw new RingsideError('not_found', 'the customer has no wallet; its first top-up makes one');
  const amount = refund ? refundable(state, refund, credit.amount) : credit.amount!;
  const free = freeWallet(state);
  if (free !== undefined && amount < 0n && free + amount < 0n) {
    const message = `amount_usd must not take more than is free: ${formatUsd(free)} USD, since holds of calls under way count as spent`;
    throw new RingsideError('invalid_parameter', message, { param: 'amount_usd' });
  }
  const credited: WalletCredited = {
    ...envelopeOf(cause, atMs, 'wallet'),
    type: 'WalletCredited',
    data: {
      transaction,
      kind,
      amountNanoUsd: amount.toString(),
      balanceNanoUsd: (nanoUsd(state.wallet?.balanceNanoUsd ?? '0') + amount).toString(),
      refundedRequest: refund?.requestId ?? null,
    },
    personal: note === undefined || note === null ? undefined : { note },
  };
  return [credited, ...crossings(evolveStatement(state, credited), atMs, cause)];
}

function refundable(state: StatementState, { requestId, debited }: NonNullable<Credit['refund']>, wanted: NanoUsd | undefined): NanoUsd {
  const left = nanoUsd(debited - nanoUsd(state.wallet!.refunded[requestId] ?? '0'));
  if (left <= 0n)
    throw new RingsideError('invalid_parameter', 'request_id must be a call with something left to refund', { param: 'request_id' });
  if (wanted === undefined || wanted <= left) return wanted ?? left;
  throw new RingsideError('invalid_parameter', `amount_usd must be at most ${formatUsd(left)} USD, what is left of the debit`, {
    param: 'amount_usd',
  });
}
