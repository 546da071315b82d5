import { GetAccountHandler } from './get-account.js';
import { GetCustomerHandler } from './get-customer.js';
import { GetMarginHandler } from './get-margin.js';
import { GetPriceBookHandler } from './get-price-book.js';
import { GetReadinessHandler } from './get-readiness.js';
import { GetRequestHandler } from './get-request.js';
import { GetUsageHandler } from './get-usage.js';
import { GetWalletDebitHandler } from './get-wallet-debit.js';
import { GetWalletTransactionHandler } from './get-wallet-transaction.js';
import { GetWalletHandler } from './get-wallet.js';
import { IdentifyCallerHandler } from './identify-caller.js';
import { ListAccountsHandler } from './list-accounts.js';
import { ListCustomersHandler } from './list-customers.js';
import { ListRequestsHandler } from './list-requests.js';

/** The handlers of every query. */
export const queryHandlers = [
  IdentifyCallerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
  GetUsageHandler,
  GetMarginHandler,
  GetWalletHandler,
  GetWalletTransactionHandler,
  GetWalletDebitHandler,
  ListRequestsHandler,
  GetRequestHandler,
  GetReadinessHandler,
  GetPriceBookHandler,
  ListAccountsHandler,
  GetAccountHandler,
];
