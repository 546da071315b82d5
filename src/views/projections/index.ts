import type { Projection } from '../projection.js';
import { accounts } from './accounts.js';
import { customers } from './customers.js';
import { priceBooks } from './price-books.js';
import { requests } from './requests.js';
import { serverKeys } from './server-keys.js';
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
] as readonly Projection[];
