import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { evolveCustomer, type CustomerEvent, type CustomerState } from '../../domain/customer.js';
import type { Metadata } from '../../domain/metadata.js';
import { RingsideError } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import type { Actor } from '../../domain/events/envelope.js';
import type { CustomerUpdated } from '../../domain/events/index.js';
import { Book } from '../book.js';
import { eventId } from '../event-id.js';
import { WrongExpectedRevision } from '../event-store.js';

/**
 * What to change: null clears a field. Metadata is merged name by name, and null removes a name, as at Stripe.
 */
export interface CustomerChanges {
  readonly name?: string | null;
  readonly metadata?: Readonly<Record<string, string | null>> | null;
}

/** Changes a customer that exists. */
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
    private readonly book: Book,
    private readonly clock: Clock,
  ) {}

  async execute(command: UpdateCustomer): Promise<void> {
    const stream = `customer-${command.customer}` as const;
    for (;;) {
      const { head, events } = await this.book.readHead(stream);
      const current = (events as CustomerEvent[]).reduce<CustomerState | undefined>(evolveCustomer, undefined);
      try {
        await this.book.append(stream, head, [this.updated(command, current?.metadata ?? {})]);
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }

  private updated({ account, customer, changes, actor, requestId }: UpdateCustomer, current: Metadata): CustomerUpdated {
    const { name, metadata } = changes;
    return {
      type: 'CustomerUpdated',
      id: eventId(requestId, 'customer-updated'),
      account,
      customer,
      requestId,
      actor,
      occurredAt: this.clock.nowMs(),
      data: { changed: (['name', 'metadata'] as const).filter((field) => changes[field] !== undefined) },
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
