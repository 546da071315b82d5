import { AdminAccountsController } from './admin/admin-accounts.controller.js';
import { AdminPricesController } from './admin/admin-prices.controller.js';
import { AdminSlotsController } from './admin/admin-slots.controller.js';
import { InferenceController } from './inference/inference.controller.js';
import { CustomersController } from './customers/customers.controller.js';
import { HealthController } from './admin/health.controller.js';
import { MarginController } from './customers/margin.controller.js';
import { ModelsController } from './inference/models.controller.js';
import { ProviderKeysController } from './account/provider-keys.controller.js';
import { RequestsController } from './customers/requests.controller.js';
import { SlotsController } from './account/slots.controller.js';
import { UsageController } from './customers/usage.controller.js';
import { WalletController } from './customers/wallet.controller.js';

/** All routes: the inference endpoints, the developer's control plane, health and the operator's door. */
export const controllers = [
  InferenceController,
  CustomersController,
  UsageController,
  MarginController,
  WalletController,
  RequestsController,
  ModelsController,
  SlotsController,
  ProviderKeysController,
  HealthController,
  AdminAccountsController,
  AdminPricesController,
  AdminSlotsController,
];
