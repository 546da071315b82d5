import { hash } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Config } from '../../config/config.js';
import { newServerKey } from '../../config/system.js';
import { Clock } from '../../domain/clock.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import { IdSource } from '../../domain/ids.js';
import { NANO_USD_PER_USD } from '../../domain/money.js';
import { Journal } from '../journal/journal.js';
import { EMPTY_STREAM } from '../journal/codec.js';
import { eventId } from '../journal/event-id.js';
import { EventStore, WrongExpectedRevision } from '../journal/event-store.js';
import { firstAccountId } from '../accounts/first-account.js';

/** What every account gets once (api.md §6). */
const SIGN_UP_CREDIT_NANO_USD = 10n * NANO_USD_PER_USD;

/** Opens the first account with its first key, if the ledger is empty. Its result is the key when one was generated, to be shown once. */
export class OpenFirstAccount extends Command<string | undefined> {}

@CommandHandler(OpenFirstAccount)
export class OpenFirstAccountHandler implements ICommandHandler<OpenFirstAccount> {
  constructor(
    private readonly config: Config,
    private readonly store: EventStore,
    private readonly journal: Journal,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<string | undefined> {
    if ((await this.store.head()) > 0) return undefined;
    const account = firstAccountId(this.config.masterKey);
    const key = this.config.bootstrapKey ?? newServerKey();
    const keyId = this.ids.next('key');
    // Of two processes that start together the later one must conflict: equal ids would pass as its own and show a key nobody knows.
    const envelope = (step: string) => ({ id: eventId(keyId, step), account, actor: 'system' as const, occurredAt: this.clock.nowMs() });
    const events: LedgerEvent[] = [
      { ...envelope('opened'), type: 'AccountOpened', data: { unattributedCustomer: this.ids.next('cust') } },
      {
        ...envelope('sign-up-credit'),
        type: 'CreditGranted',
        data: { amountNanoUsd: SIGN_UP_CREDIT_NANO_USD.toString(), reason: 'sign_up', note: null },
      },
      {
        ...envelope('first-key'),
        type: 'ServerKeyIssued',
        data: { keyId, digest: hash('sha256', key, 'hex'), lastFour: key.slice(-4) },
      },
    ];
    try {
      await this.journal.append(`account-${account}`, EMPTY_STREAM, events);
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return undefined;
      throw error;
    }
    return this.config.bootstrapKey === undefined ? key : undefined;
  }
}
