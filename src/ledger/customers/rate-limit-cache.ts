import { Injectable } from '@nestjs/common';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import { Streams } from '../streams/streams.js';

/** The limits of whoever has none. One object for all of them. */
export const NO_LIMITS: RateLimitSettings = { rateLimitRpm: null, rateLimitTpm: null };

/** The rate limits of the accounts and customers that calls are made for, as their streams say. */
@Injectable()
export class RateLimitCache {
  constructor(private readonly streams: Streams) {}

  /**
   * An account's limits; at once when they are in memory.
   * @throws RingsideError `ledger_unavailable`
   */
  ofAccount(account: string): RateLimitSettings | Promise<RateLimitSettings> {
    const state = this.streams.state('account', account);
    return state instanceof Promise ? state.then(({ limits }) => limitsIn(limits)) : limitsIn(state.limits);
  }

  /**
   * A customer's limits; at once when they are in memory.
   * @throws RingsideError `ledger_unavailable`
   */
  ofCustomer(customer: string): RateLimitSettings | Promise<RateLimitSettings> {
    const state = this.streams.state('customer', customer);
    return state instanceof Promise ? state.then(limitsIn) : limitsIn(state);
  }
}

function limitsIn(settings: RateLimitSettings | undefined): RateLimitSettings {
  if (!settings) return NO_LIMITS;
  const { rateLimitRpm, rateLimitTpm } = settings;
  return rateLimitRpm === null && rateLimitTpm === null ? NO_LIMITS : { rateLimitRpm, rateLimitTpm };
}
