import { hash } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Config } from '../../config/config.js';
import { newServerKey } from '../../config/system.js';
import { IdSource } from '../../domain/ids.js';
import { firstAccountId } from '../accounts/first-account.js';
import { Streams } from '../streams/streams.js';

/**
 * Makes one more server key for an account, the first one unless another is named. Its result is the key, to be shown
 * once.
 * @throws RingsideError `not_found`
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
    private readonly streams: Streams,
    private readonly ids: IdSource,
  ) {}

  async execute({ account = firstAccountId(this.config.masterKey) }: IssueServerKey): Promise<string> {
    const key = newServerKey();
    const keyId = this.ids.next('key');
    const issued = { keyId, digest: hash('sha256', key, 'hex'), lastFour: key.slice(-4) };
    const cause = { account, actor: 'operator', id: keyId } as const;
    await this.streams.decide('account', account, { type: 'IssueServerKey', key: issued, cause });
    return key;
  }
}
