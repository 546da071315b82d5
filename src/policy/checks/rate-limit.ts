import { Injectable } from '@nestjs/common';
import { andThen, type Awaitable } from '../../domain/awaitable.js';
import type { Call } from '../../domain/call/call.js';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import type { RateLimitName, RateRule } from '../../domain/rate-limits/rate-rule.js';
import { RateLimitEventWriter } from '../../ledger/customers/rate-limit-event-writer.js';
import { RateLimitCache, NO_LIMITS } from '../../ledger/customers/rate-limit-cache.js';
import { SELF_TEST_ACCOUNT } from './self-test-account.js';
import { NOTHING_RESERVED, RateLimited, RateLimits, type RateLimitReservation } from '../rate-limits/rate-limits.js';
import { estimateTokens } from '../rate-limits/token-estimate.js';

/** Where the limits of an account without any stand. */
const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * Whether a call keeps the rate limits of its account and its customer; where they stand goes into the headers of its
 * answer.
 */
@Injectable()
export class RateLimitCheck {
  constructor(
    private readonly limits: RateLimitCache,
    private readonly rates: RateLimits,
    private readonly eventWriter: RateLimitEventWriter,
  ) {}

  /**
   * Where an account's limits stand, as headers, for a call that may be refused before anybody knows its customer.
   * @throws RingsideError `ledger_unavailable`
   */
  headersOf(account: string): Awaitable<Readonly<Record<string, string>>> {
    return andThen(this.limits.ofAccount(account), (ofAccount) =>
      ofAccount === NO_LIMITS ? NO_HEADERS : this.rates.headersOf(rulesOf('account', account, ofAccount)),
    );
  }

  /**
   * Takes the call's request and estimated tokens from every limit it has. The caller ends it: `commit` or `release`.
   * @throws RingsideError `rate_limited`, which takes nothing and is noted in the book once a minute;
   *   `ledger_unavailable`
   */
  reserve(call: Call, customer: string): Awaitable<RateLimitReservation> {
    return andThen(this.limits.ofAccount(call.caller.account), (ofAccount) =>
      andThen(this.limits.ofCustomer(customer), (ofCustomer) =>
        ofAccount === NO_LIMITS && ofCustomer === NO_LIMITS
          ? NOTHING_RESERVED
          : this.reserveWithin(call, customer, ofAccount, ofCustomer),
      ),
    );
  }

  private reserveWithin(
    call: Call,
    customer: string,
    ofAccount: RateLimitSettings,
    ofCustomer: RateLimitSettings,
  ): Awaitable<RateLimitReservation> {
    const { account } = call.caller;
    const rules = [...rulesOf('account', account, ofAccount), ...rulesOf('customer', customer, ofCustomer)];
    const refuse = (error: unknown): never => {
      // The self-test is refused at every start; that is no fact about anybody.
      if (error instanceof RateLimited && account !== SELF_TEST_ACCOUNT) {
        this.eventWriter.note({ account, customer, requestId: call.requestId, rule: error.rule });
      }
      throw error;
    };
    try {
      const reserving = this.rates.reserve(rules, estimateTokens(call));
      return reserving instanceof Promise ? reserving.catch(refuse) : reserving;
    } catch (error) {
      return refuse(error);
    }
  }
}

function rulesOf(
  whose: 'account' | 'customer',
  subject: string,
  { rateLimitRpm, rateLimitTpm }: RateLimitSettings,
): RateRule[] {
  const rule = (name: RateLimitName, perMinute: number | null) =>
    perMinute === null ? [] : [{ name, subject, perMinute }];
  return [...rule(`${whose}_rpm`, rateLimitRpm), ...rule(`${whose}_tpm`, rateLimitTpm)];
}
