import type { CustomerCreated, CustomerUpdated } from './events/index.js';
import type { Metadata } from './metadata.js';

/** Every event of a customer stream. */
export type CustomerEvent = CustomerCreated | CustomerUpdated;

/** What the customer stream says. Personal fields are null once the customer's key is gone. */
export interface CustomerState {
  readonly id: string;
  readonly account: string;
  readonly unattributed: boolean;
  readonly externalId: string | null;
  readonly name: string | null;
  readonly metadata: Metadata;
  /** Unix milliseconds. */
  readonly createdAt: number;
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
      createdAt: event.occurredAt,
    };
  }
  if (!state) throw new Error(`${event.type} before CustomerCreated`);
  return { ...state, ...event.personal };
}
