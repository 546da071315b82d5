import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { AccountLimitsSet } from '../../domain/events/index.js';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import { Book } from '../book.js';
import { eventId } from '../event-id.js';
import { WrongExpectedRevision } from '../event-store.js';
import { LimitsInForce, NO_LIMITS } from '../limits-in-force.js';

/** Sets rate limits of an account that exists, in force with the next call; a limit that is not named stays, null clears it. Errors: `not_found`. */
export class SetAccountLimits extends Command<void> {
  constructor(
    readonly account: string,
    readonly limits: Partial<RateLimitSettings>,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(SetAccountLimits)
export class SetAccountLimitsHandler implements ICommandHandler<SetAccountLimits> {
  constructor(
    private readonly book: Book,
    private readonly limitsInForce: LimitsInForce,
    private readonly clock: Clock,
  ) {}

  async execute({ account, limits, requestId }: SetAccountLimits): Promise<void> {
    const stream = `account-${account}` as const;
    for (;;) {
      const { head, events } = await this.book.readHead(stream);
      if (events.length === 0) throw new RingsideError('not_found', 'there is no such account');
      const before = events.findLast((event) => event.type === 'AccountLimitsSet')?.data ?? NO_LIMITS;
      const { rateLimitRpm = before.rateLimitRpm, rateLimitTpm = before.rateLimitTpm } = limits;
      if (rateLimitRpm === before.rateLimitRpm && rateLimitTpm === before.rateLimitTpm) return;
      const event: AccountLimitsSet = {
        type: 'AccountLimitsSet',
        id: eventId(requestId, 'account-limits-set'),
        account,
        requestId,
        actor: 'operator',
        occurredAt: this.clock.nowMs(),
        data: { rateLimitRpm, rateLimitTpm },
      };
      try {
        const { position } = await this.book.append(stream, head, [event]);
        this.limitsInForce.changed(account, position);
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }
}
