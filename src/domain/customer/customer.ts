import { minuteOf } from '../clock.js';
import type { Decider, DecisionContext } from '../decider.js';
import { RingsideError } from '../errors.js';
import { envelopeFor, type CustomerCause } from '../events/command-cause.js';
import type { CustomerCreated, CustomerUpdated, RateLimitExceeded } from '../events/index.js';
import type { RateLimitSettings } from '../events/customer-created.js';
import { LIMITS } from '../limits.js';
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
  /**
   * The last clock minute in which a rate limit refused a call, in whole minutes since 1970 (`minuteOf`); null when
   * none ever did.
   */
  readonly lastLimitedMinute: number | null;
}

/**
 * Makes the customer unless it is there. The account's pseudo-customer for calls without attribution has nothing
 * personal.
 */
interface CreateCustomer {
  readonly type: 'CreateCustomer';
  readonly data: CustomerCreated['data'];
  readonly personal?:
    { readonly externalId: string; readonly name: string | null; readonly metadata: Metadata } | undefined;
}

/** What to change: null clears a field. Metadata is merged name by name, and null removes a name, as at Stripe. */
export interface CustomerChanges extends Partial<RateLimitSettings> {
  readonly name?: string | null;
  readonly metadata?: Readonly<Record<string, string | null>> | null;
}

interface UpdateCustomer {
  readonly type: 'UpdateCustomer';
  readonly changes: CustomerChanges;
}

/** Notes that a rate limit refused a call at a moment (Unix milliseconds): once for each clock minute. */
interface NoteRateLimit {
  readonly type: 'NoteRateLimit';
  readonly refusal: RateLimitExceeded['data'];
  readonly refusedAt: number;
}

/** What can be asked of a customer. */
export type CustomerCommand = (CreateCustomer | UpdateCustomer | NoteRateLimit) & { readonly cause: CustomerCause };

const CHANGEABLE = ['name', 'metadata', 'rateLimitRpm', 'rateLimitTpm'] as const;

/**
 * The rules of a customer; its state is undefined until it is created. A command's outcome is whether it changed
 * anything.
 */
export const customerDecider: Decider<CustomerState | undefined, CustomerCommand, CustomerEvent, boolean> = {
  initial: undefined,
  evolve: evolveCustomer,
  decide(command, state, context) {
    const events = eventsOf(command, state, context);
    return { events, outcome: events.length > 0 };
  },
};

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

function eventsOf(
  command: CustomerCommand,
  state: CustomerState | undefined,
  context: DecisionContext,
): CustomerEvent[] {
  const { cause } = command;
  switch (command.type) {
    case 'CreateCustomer': {
      const { data, personal } = command;
      return state ? [] : [{ type: 'CustomerCreated', ...envelopeFor(cause, context, 'created'), data, personal }];
    }
    case 'UpdateCustomer': {
      if (!state) throw new RingsideError('customer_not_found', `there is no customer ${cause.customer}`);
      const envelope = envelopeFor(cause, context, 'customer-updated');
      return [{ type: 'CustomerUpdated', ...envelope, ...updateOf(command.changes, state.metadata) }];
    }
    case 'NoteRateLimit': {
      const { refusal, refusedAt } = command;
      const minute = minuteOf(refusedAt);
      if (!state || (state.lastLimitedMinute ?? -1) >= minute) return [];
      const envelope = envelopeFor(cause, context, `rate-limited ${minute}`);
      return [{ type: 'RateLimitExceeded', ...envelope, occurredAt: refusedAt, data: refusal }];
    }
  }
}

function updateOf(changes: CustomerChanges, current: Metadata) {
  const { name, metadata, rateLimitRpm, rateLimitTpm } = changes;
  return {
    data: {
      changed: CHANGEABLE.filter((field) => changes[field] !== undefined),
      ...(rateLimitRpm !== undefined && { rateLimitRpm }),
      ...(rateLimitTpm !== undefined && { rateLimitTpm }),
    },
    personal: {
      ...(name !== undefined && { name }),
      ...(metadata !== undefined && { metadata: merged(current, metadata) }),
    },
  };
}

function merged(current: Metadata, changes: Readonly<Record<string, string | null>> | null): Metadata {
  if (changes === null) return {};
  const kept = Object.entries({ ...current, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  if (kept.length > LIMITS.metadataKeys) {
    throw new RingsideError('invalid_parameter', `metadata must hold at most ${LIMITS.metadataKeys} names`, {
      param: 'metadata',
    });
  }
  return Object.fromEntries(kept);
}
