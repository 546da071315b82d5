import type { Projection } from '../projection.js';
import { accountStates } from './account-states.js';
import { accounts } from './accounts.js';
import { customers } from './customers.js';
import { priceBooks } from './price-books.js';
import { providerKeys } from './provider-keys.js';
import { requests } from './requests.js';
import { serverKeys } from './server-keys.js';
import { slots } from './slots.js';
import { statements } from './statements.js';
import { usage } from './usage.js';
import { walletTransactions } from './wallet-transactions.js';

/** Every read model. */
export const PROJECTIONS: readonly Projection[] = [
  accounts,
  serverKeys,
  customers,
  statements,
  usage,
  requests,
  walletTransactions,
  priceBooks,
  slots,
  providerKeys,
  accountStates,
] as readonly Projection[];
