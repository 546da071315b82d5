import type { UsageRecorded, WalletCredited } from '../../domain/events/index.js';
import type { CreditKind } from '../../domain/events/wallet-credited.js';
import { nanoUsd, type NanoUsdText } from '../../domain/money.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** One change of a customer's wallet; its id is `transactionId`'s. */
export type WalletTransactionDocument = Document<WalletTransactionFields>;

interface WalletTransactionFields {
  readonly account: string;
  readonly customer: string;
  /** `txn_…` */
  readonly transaction: string;
  readonly type: CreditKind | 'debit';
  /** What it adds to the balance; what it takes is negative. */
  readonly amountNanoUsd: NanoUsdText;
  /** The balance afterwards. */
  readonly balanceNanoUsd: NanoUsdText;
  /** The call that was paid or refunded; null for all else. */
  readonly requestId: string | null;
  /** The developer's own words; null without any, and once the customer's key is gone. */
  readonly note: string | null;
  /** Unix milliseconds. */
  readonly occurredAt: number;
  /** The ledger position of its event: the order in which the balances follow from each other. */
  readonly bookedAt: number;
}

/** The id of the document of one transaction of a customer's wallet. */
export function transactionId(customer: string, transaction: string): string {
  return `${customer}/${transaction}`;
}

type WalletEvent = WalletCredited | UsageRecorded;

export const walletTransactions = defineProjection<WalletEvent, WalletTransactionFields>({
  name: 'wallet-transactions',
  version: 1,
  fields: { account: 'text', customer: 'text', bookedAt: 'integer' },
  indexes: [['customer', 'bookedAt']],
  events: ['WalletCredited', 'UsageRecorded'],
  keysOf({ event }) {
    const transaction = event.type === 'UsageRecorded' ? event.data.wallet?.transaction : event.data.transaction;
    return transaction === undefined ? [] : [transactionId(event.customer!, transaction)];
  },
  opens: () => true,
  evolve: (_, { event, stored }) => ({
    account: event.account,
    customer: event.customer!,
    ...changeBy(event),
    occurredAt: event.occurredAt,
    bookedAt: stored.position,
  }),
});

type Change = Pick<
  WalletTransactionFields,
  'transaction' | 'type' | 'amountNanoUsd' | 'balanceNanoUsd' | 'requestId' | 'note'
>;

function changeBy(event: WalletEvent): Change {
  if (event.type === 'UsageRecorded') {
    const { transaction, debitNanoUsd, balanceNanoUsd } = event.data.wallet!;
    const amountNanoUsd = (-nanoUsd(debitNanoUsd)).toString();
    return { transaction, type: 'debit', amountNanoUsd, balanceNanoUsd, requestId: event.requestId!, note: null };
  }
  const { transaction, kind, amountNanoUsd, balanceNanoUsd, refundedRequest } = event.data;
  return {
    transaction,
    type: kind,
    amountNanoUsd,
    balanceNanoUsd,
    requestId: refundedRequest,
    note: event.personal?.note ?? null,
  };
}
