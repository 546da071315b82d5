import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import type { NanoUsd } from '../../domain/money.js';
import { decideOnAccount, requireAccount } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';

/** Gives an account more credit. Errors: `not_found`. */
export class GrantCredit extends Command<void> {
  constructor(
    readonly account: string,
    readonly amount: NanoUsd,
    readonly note: string | null,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(GrantCredit)
export class GrantCreditHandler implements ICommandHandler<GrantCredit> {
  constructor(
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  async execute({ account, amount, note, requestId }: GrantCredit): Promise<void> {
    await decideOnAccount(this.journal, account, (events) => {
      requireAccount(events);
      return {
        type: 'CreditGranted',
        id: eventId(requestId, 'credit-granted'),
        account,
        requestId,
        actor: 'operator',
        occurredAt: this.clock.nowMs(),
        data: { amountNanoUsd: amount.toString(), reason: 'operator', note },
      };
    });
  }
}
