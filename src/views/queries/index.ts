import { CallableModels } from './callable-models.js';
import { GetAccountHandler } from './get-account.js';
import { GetClockWarningsHandler } from './get-clock-warnings.js';
import { GetCustomerHandler } from './get-customer.js';
import { GetMarginHandler } from './get-margin.js';
import { GetModelHandler } from './get-model.js';
import { GetPriceBookHandler } from './get-price-book.js';
import { GetProviderKeyHandler } from './get-provider-key.js';
import { GetReadinessHandler } from './get-readiness.js';
import { GetRequestHandler } from './get-request.js';
import { GetSlotHandler } from './get-slot.js';
import { GetUsageHandler } from './get-usage.js';
import { GetWalletDebitHandler } from './get-wallet-debit.js';
import { GetWalletTransactionHandler } from './get-wallet-transaction.js';
import { GetWalletHandler } from './get-wallet.js';
import { ListAccountsHandler } from './list-accounts.js';
import { ListCustomersHandler } from './list-customers.js';
import { ListModelsHandler } from './list-models.js';
import { ListProviderKeysHandler } from './list-provider-keys.js';
import { ListRequestsHandler } from './list-requests.js';
import { ListSlotsHandler } from './list-slots.js';
import { UsageSummation } from './summed-usage.js';

/** The handlers of every query, and what several of them are made of. */
export const queryHandlers = [
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
  GetClockWarningsHandler,
  GetPriceBookHandler,
  ListAccountsHandler,
  GetAccountHandler,
  GetSlotHandler,
  ListSlotsHandler,
  GetProviderKeyHandler,
  ListProviderKeysHandler,
  GetModelHandler,
  ListModelsHandler,
  CallableModels,
  UsageSummation,
];
