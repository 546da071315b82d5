import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import type { TierChanged } from '../../domain/events/index.js';
import { FIRST_TIER, type Tier } from '../../domain/pricing/tier.js';
import { decideOnAccount, requireAccount } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';

/** Gives an account another tier; nothing is written when it has that one. Errors: `not_found`. */
export class ChangeTier extends Command<void> {
  constructor(
    readonly account: string,
    readonly tier: Tier,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(ChangeTier)
export class ChangeTierHandler implements ICommandHandler<ChangeTier> {
  constructor(
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  async execute({ account, tier, requestId }: ChangeTier): Promise<void> {
    await decideOnAccount(this.journal, account, (events): TierChanged | undefined => {
      requireAccount(events);
      const last = events.findLast((event) => event.type === 'TierChanged');
      if ((last?.data.tier ?? FIRST_TIER) === tier) return undefined;
      return {
        type: 'TierChanged',
        id: eventId(requestId, 'tier-changed'),
        account,
        requestId,
        actor: 'operator',
        occurredAt: this.clock.nowMs(),
        data: { tier },
      };
    });
  }
}
