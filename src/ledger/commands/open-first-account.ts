import { hash } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Config } from '../../config/config.js';
import { newServerKey } from '../../config/system.js';
import { IdSource } from '../../domain/ids.js';
import { firstAccountId } from '../accounts/first-account.js';
import { EventStore } from '../journal/event-store.js';
import { Streams } from '../streams/streams.js';

/**
 * Opens the first account with its first key, if the ledger is empty. Its result is the key when one was generated, to
 * be shown once.
 */
export class OpenFirstAccount extends Command<string | undefined> {}

@CommandHandler(OpenFirstAccount)
export class OpenFirstAccountHandler implements ICommandHandler<OpenFirstAccount> {
  constructor(
    private readonly config: Config,
    private readonly store: EventStore,
    private readonly streams: Streams,
    private readonly ids: IdSource,
  ) {}

  async execute(): Promise<string | undefined> {
    if ((await this.store.head()) > 0) return undefined;
    const account = firstAccountId(this.config.masterKey);
    const { bootstrapKey } = this.config;
    const key = bootstrapKey ?? newServerKey();
    const keyId = this.ids.next('key');
    const isOpened = await this.streams.decide('account', account, {
      type: 'OpenAccount',
      unattributedCustomer: this.ids.next('cust'),
      firstKey: { keyId, digest: hash('sha256', key, 'hex'), lastFour: key.slice(-4) },
      // Of two processes that start together the later one must conflict: equal ids would pass as its own and show a
      // key nobody knows.
      cause: { account, actor: 'system', id: keyId },
    });
    return isOpened && bootstrapKey === undefined ? key : undefined;
  }
}
