import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import type { Metadata } from '../../domain/metadata.js';
import { RingsideError } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import type { Actor } from '../../domain/events/envelope.js';
import type { CustomerUpdated } from '../../domain/events/index.js';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import { Journal } from '../journal/journal.js';
import { againAfterConflict } from '../journal/conflicts.js';
import { CustomerSnapshots } from '../customers/customer-snapshots.js';
import { readCustomer } from '../customers/customer-stream.js';
import { eventId } from '../journal/event-id.js';
import { RateLimitCache } from '../customers/rate-limit-cache.js';

/**
 * What to change: null clears a field. Metadata is merged name by name, and null removes a name, as at Stripe.
 */
export interface CustomerChanges extends Partial<RateLimitSettings> {
  readonly name?: string | null;
  readonly metadata?: Readonly<Record<string, string | null>> | null;
}

const CHANGEABLE = ['name', 'metadata', 'rateLimitRpm', 'rateLimitTpm'] as const;

/** Changes a customer that exists; its new rate limits are in force with the next call. Errors: `customer_not_found`. */
export class UpdateCustomer extends Command<void> {
  constructor(
    readonly account: string,
    readonly customer: string,
    readonly changes: CustomerChanges,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(UpdateCustomer)
export class UpdateCustomerHandler implements ICommandHandler<UpdateCustomer> {
  constructor(
    private readonly journal: Journal,
    private readonly snapshots: CustomerSnapshots,
    private readonly limitsInForce: RateLimitCache,
    private readonly clock: Clock,
  ) {}

  execute(command: UpdateCustomer): Promise<void> {
    return againAfterConflict(async () => {
      const now = await readCustomer(this.journal, this.snapshots, command.customer);
      if (!now) throw new RingsideError('customer_not_found', `there is no customer ${command.customer}`);
      const { position } = await this.journal.append(now.stream, now.head, [this.updated(command, now.state.metadata)]);
      this.limitsInForce.invalidate(command.customer, position);
    });
  }

  private updated({ account, customer, changes, actor, requestId }: UpdateCustomer, current: Metadata): CustomerUpdated {
    const { name, metadata, rateLimitRpm, rateLimitTpm } = changes;
    return {
      type: 'CustomerUpdated',
      id: eventId(requestId, 'customer-updated'),
      account,
      customer,
      requestId,
      actor,
      occurredAt: this.clock.nowMs(),
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
}

function merged(current: Metadata, changes: Readonly<Record<string, string | null>> | null): Metadata {
  if (changes === null) return {};
  const kept = Object.entries({ ...current, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null);
  if (kept.length > LIMITS.metadataKeys) {
    throw new RingsideError('invalid_parameter', `metadata must hold at most ${LIMITS.metadataKeys} names`, { param: 'metadata' });
  }
  return Object.fromEntries(kept);
}
