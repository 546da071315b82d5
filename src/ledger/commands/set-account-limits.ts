import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import type { AccountLimitsSet } from '../../domain/events/index.js';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import { decideOnAccount, requireAccount } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';
import { RateLimitCache, NO_LIMITS } from '../customers/rate-limit-cache.js';

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
    private readonly journal: Journal,
    private readonly limitsInForce: RateLimitCache,
    private readonly clock: Clock,
  ) {}

  async execute({ account, limits, requestId }: SetAccountLimits): Promise<void> {
    const position = await decideOnAccount(this.journal, account, (events): AccountLimitsSet | undefined => {
      requireAccount(events);
      const before = events.findLast((event) => event.type === 'AccountLimitsSet')?.data ?? NO_LIMITS;
      const { rateLimitRpm = before.rateLimitRpm, rateLimitTpm = before.rateLimitTpm } = limits;
      if (rateLimitRpm === before.rateLimitRpm && rateLimitTpm === before.rateLimitTpm) return undefined;
      return {
        type: 'AccountLimitsSet',
        id: eventId(requestId, 'account-limits-set'),
        account,
        requestId,
        actor: 'operator',
        occurredAt: this.clock.nowMs(),
        data: { rateLimitRpm, rateLimitTpm },
      };
    });
    if (position !== undefined) this.limitsInForce.invalidate(account, position);
  }
}
