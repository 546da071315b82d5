import { hash } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Config } from '../../config/config.js';
import { newServerKey } from '../../config/system.js';
import { Clock } from '../../domain/clock.js';
import { IdSource } from '../../domain/ids.js';
import { decideOnAccount, requireAccount } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';
import { firstAccountId } from '../accounts/first-account.js';

/**
 * Makes one more server key for an account, the first one unless another is named. Its result is the key, to be shown once. Errors:
 * `not_found`.
 */
export class IssueServerKey extends Command<string> {
  constructor(readonly account: string | undefined) {
    super();
  }
}

@CommandHandler(IssueServerKey)
export class IssueServerKeyHandler implements ICommandHandler<IssueServerKey> {
  constructor(
    private readonly config: Config,
    private readonly journal: Journal,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  async execute({ account = firstAccountId(this.config.masterKey) }: IssueServerKey): Promise<string> {
    const key = newServerKey();
    const keyId = this.ids.next('key');
    await decideOnAccount(this.journal, account, (events) => {
      requireAccount(events);
      return {
        type: 'ServerKeyIssued',
        id: eventId(keyId, 'issued'),
        account,
        actor: 'operator',
        occurredAt: this.clock.nowMs(),
        data: { keyId, digest: hash('sha256', key, 'hex'), lastFour: key.slice(-4) },
      };
    });
    return key;
  }
}
