import type { Wallet } from '../../domain/events/carried-statement.js';
import { nanoUsd, type NanoUsdText } from '../../domain/money.js';
import type { CustomerDocument } from '../projections/customers.js';
import type { WalletTransactionDocument } from '../projections/wallet-transactions.js';
import { usdJson, type UsdJson } from '../usd-json.js';
import type { ListAnswer } from './page.js';

/** One change of a wallet as the API shows it. */
export interface WalletTransactionAnswer {
  readonly id: string;
  readonly object: 'wallet_transaction';
  readonly customer_id: string;
  readonly type: WalletTransactionDocument['type'];
  /** What it adds to the balance; what it takes is negative. */
  readonly amount_usd: UsdJson;
  /** The balance afterwards. */
  readonly balance_usd: UsdJson;
  /** The call that was paid or refunded. */
  readonly request_id: string | null;
  readonly note: string | null;
  readonly created_at: number;
}

/** A customer's wallet as the API shows it. Amounts are null, but for what is held, until the first top-up makes it. */
export interface WalletAnswer {
  readonly object: 'wallet';
  readonly customer_id: string;
  readonly external_id: string | null;
  readonly balance_usd: UsdJson | null;
  /** What calls under way have set aside. */
  readonly held_usd: UsdJson;
  /** The balance without what is held: what the next call can take. */
  readonly available_usd: UsdJson | null;
  /** The wallet is low when its balance is below this: a fifth of the last top-up. */
  readonly low_below_usd: UsdJson | null;
  /** Newest first. */
  readonly transactions: ListAnswer<WalletTransactionAnswer>;
}

/** The public form of a wallet; without one there is null. */
export function walletAnswer(
  { id, externalId }: CustomerDocument,
  wallet: Wallet | null,
  transactions: ListAnswer<WalletTransactionAnswer>,
): WalletAnswer {
  return {
    object: 'wallet',
    customer_id: id,
    external_id: externalId,
    balance_usd: wallet && usdJson(wallet.balanceNanoUsd),
    held_usd: usdJson(wallet?.heldNanoUsd ?? '0'),
    available_usd: wallet && usdJson((nanoUsd(wallet.balanceNanoUsd) - nanoUsd(wallet.heldNanoUsd)).toString()),
    low_below_usd: wallet && usdJson(fifthOf(wallet.lastTopUpNanoUsd)),
    transactions,
  };
}

/** Rounded up: a balance of whole nano-dollars is below a fifth exactly when it is below this. */
function fifthOf(amount: NanoUsdText): NanoUsdText {
  return ((nanoUsd(amount) + 4n) / 5n).toString();
}

/** The public form of one transaction. */
export function walletTransactionAnswer(document: WalletTransactionDocument): WalletTransactionAnswer {
  return {
    id: document.transaction,
    object: 'wallet_transaction',
    customer_id: document.customer,
    type: document.type,
    amount_usd: usdJson(document.amountNanoUsd),
    balance_usd: usdJson(document.balanceNanoUsd),
    request_id: document.requestId,
    note: document.note,
    created_at: Math.floor(document.occurredAt / 1000),
  };
}
