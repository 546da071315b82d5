import { AdminAccountsController } from './admin-accounts.controller.js';
import { AdminPricesController } from './admin-prices.controller.js';
import { AdminSlotsController } from './admin-slots.controller.js';
import { ChatCompletionsController } from './chat-completions.controller.js';
import { CustomersController } from './customers.controller.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { HealthController } from './health.controller.js';
import { MarginController } from './margin.controller.js';
import { ModerationsController } from './moderations.controller.js';
import { ModelsController } from './models.controller.js';
import { ProviderKeysController } from './provider-keys.controller.js';
import { RequestsController } from './requests.controller.js';
import { SlotsController } from './slots.controller.js';
import { UsageController } from './usage.controller.js';
import { WalletController } from './wallet.controller.js';

/** All routes: the inference endpoints, the developer's control plane, health and the operator's door. */
export const controllers = [
  ChatCompletionsController,
  EmbeddingsController,
  ModerationsController,
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
