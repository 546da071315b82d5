import { Injectable } from '@nestjs/common';
import type { Call } from '../../domain/call.js';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import type { RateLimitName, RateRule } from '../../domain/rate-rule.js';
import { LimitRefusals } from '../../ledger/limit-refusals.js';
import { LimitsInForce, NO_LIMITS } from '../../ledger/limits-in-force.js';
import { CANARY_ACCOUNT } from '../canary-account.js';
import { NOTHING_TAKEN, RateLimited, RateLimits, type Taken } from '../rate-limits.js';
import { estimateTokens } from '../token-estimate.js';

/** Whether a call keeps the rate limits of its account and its customer; where they stand goes into the headers of its answer. */
@Injectable()
export class RateLimitCheck {
  constructor(
    private readonly limits: LimitsInForce,
    private readonly rates: RateLimits,
    private readonly refusals: LimitRefusals,
  ) {}

  /** Puts the account's limits into the headers, for a call that may be refused before anybody knows its customer. Errors: `ledger_unavailable`. */
  async show({ caller: { account }, answerHeaders }: Call): Promise<void> {
    const ofAccount = await this.limits.ofAccount(account);
    if (ofAccount !== NO_LIMITS) Object.assign(answerHeaders, this.rates.headersOf(rulesOf('account', account, ofAccount)));
  }

  /**
   * Takes the call's request and estimated tokens from every limit it has. Whoever takes ends it: `settle` or `giveBack`.
   * Errors: `rate_limited`, which takes nothing and is noted in the book once a minute; `ledger_unavailable`.
   */
  async take(call: Call, customer: string): Promise<Taken> {
    const { account } = call.caller;
    const ofAccount = await this.limits.ofAccount(account);
    const ofCustomer = await this.limits.ofCustomer(customer);
    if (ofAccount === NO_LIMITS && ofCustomer === NO_LIMITS) return NOTHING_TAKEN;
    const rules = [...rulesOf('account', account, ofAccount), ...rulesOf('customer', customer, ofCustomer)];
    try {
      const taken = this.rates.take(rules, estimateTokens(call));
      const show = () => Object.assign(call.answerHeaders, taken.headers());
      show();
      return {
        ...taken,
        giveBack: () => {
          taken.giveBack();
          show();
        },
      };
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      Object.assign(call.answerHeaders, error.headers);
      // The canary is refused at every start; that is no fact about anybody.
      if (account !== CANARY_ACCOUNT) this.refusals.note({ account, customer, requestId: call.requestId, rule: error.rule });
      throw error;
    }
  }
}

function rulesOf(whose: 'account' | 'customer', subject: string, { rateLimitRpm, rateLimitTpm }: RateLimitSettings): RateRule[] {
  const rule = (name: RateLimitName, perMinute: number | null) => (perMinute === null ? [] : [{ name, subject, perMinute }]);
  return [...rule(`${whose}_rpm`, rateLimitRpm), ...rule(`${whose}_tpm`, rateLimitTpm)];
}
