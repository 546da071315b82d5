import { minuteOf } from '../clock.js';
import type { CustomerCreated, CustomerUpdated, RateLimitExceeded } from '../events/index.js';
import type { RateLimitSettings } from '../events/customer-created.js';
import type { Metadata } from '../metadata.js';
import type { NanoUsdText } from '../money.js';

/** Every event of a customer stream. */
export type CustomerEvent = CustomerCreated | CustomerUpdated | RateLimitExceeded;

/** What the customer stream says. Personal fields are null once the customer's key is gone. */
export interface CustomerState extends RateLimitSettings {
  readonly id: string;
  readonly account: string;
  readonly unattributed: boolean;
  readonly externalId: string | null;
  readonly name: string | null;
  readonly metadata: Metadata;
  /** The monthly budget it was created with; its statements know the one that holds now. */
  readonly firstCapNanoUsd: NanoUsdText | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** The last clock minute in which a rate limit refused a call, in whole minutes since 1970 (`minuteOf`); null when none ever did. */
  readonly lastLimitedMinute: number | null;
}

/** Folds one event of a customer stream; `CustomerCreated` comes first and once. */
export function evolveCustomer(state: CustomerState | undefined, event: CustomerEvent): CustomerState {
  if (event.type === 'CustomerCreated') {
    return {
      id: event.customer!,
      account: event.account,
      unattributed: event.data.unattributed,
      externalId: event.personal?.externalId ?? null,
      name: event.personal?.name ?? null,
      metadata: event.personal?.metadata ?? {},
      firstCapNanoUsd: event.data.capNanoUsd,
      rateLimitRpm: event.data.rateLimitRpm,
      rateLimitTpm: event.data.rateLimitTpm,
      createdAt: event.occurredAt,
      lastLimitedMinute: null,
    };
  }
  if (!state) throw new Error(`${event.type} before CustomerCreated`);
  if (event.type === 'RateLimitExceeded') return { ...state, lastLimitedMinute: minuteOf(event.occurredAt) };
  const { changed: _, ...rateLimits } = event.data;
  return { ...state, ...rateLimits, ...event.personal };
}
