import { Module } from '@nestjs/common';
import { ModelNames } from '../domain/call/model-names.js';
import { Targets } from '../domain/call/target.js';
import { Clock } from '../domain/clock.js';
import { PriceBook } from '../domain/pricing/pricing.js';
import { AdmissionController } from './admission.js';
import { CallRecords } from './call-records.js';
import { AccountCreditCheck } from './checks/account-credit.js';
import { Funds } from './checks/funds.js';
import { RateLimitCheck } from './checks/rate-limit.js';
import { Routes } from './checks/routes.js';
import { StartupSelfTest } from './startup-self-test.js';

/** The checks before a call. They need `RateLimits`, the ledger, and the sizes and targets of the models. */
@Module({
  providers: [
    AdmissionController,
    Routes,
    RateLimitCheck,
    AccountCreditCheck,
    Funds,
    StartupSelfTest,
    CallRecords,
    {
      provide: ModelNames,
      inject: [Targets, PriceBook, Clock],
      useFactory: (targets: Targets, prices: PriceBook, clock: Clock) => new ModelNames(targets, prices, clock),
    },
  ],
  exports: [AdmissionController, CallRecords, ModelNames],
})
export class PolicyModule {}
