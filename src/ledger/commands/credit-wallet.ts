import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { creditWallet, type Credit } from '../../domain/statement/change-money.js';
import type { Actor } from '../../domain/events/envelope.js';
import { IdSource } from '../../domain/ids.js';
import { eventId } from '../journal/event-id.js';
import { StatementRegistry } from '../statements/statement-registry.js';

/** A wallet's transaction: its id is `txn_…`. */
export interface Credited {
  readonly customer: string;
  readonly transaction: string;
}

/**
 * Changes a customer's wallet other than by a call. Errors: `not_found` without a wallet,
 * `invalid_parameter` for more than is free or left to refund.
 */
export class CreditWallet extends Command<Credited> {
  constructor(
    readonly account: string,
    readonly customer: string,
    readonly credit: Omit<Credit, 'transaction'>,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(CreditWallet)
export class CreditWalletHandler implements ICommandHandler<CreditWallet> {
  constructor(
    private readonly statements: StatementRegistry,
    private readonly ids: IdSource,
  ) {}

  execute({ account, customer, credit, actor, requestId }: CreditWallet): Promise<Credited> {
    const transaction = this.ids.next('txn');
    const cause = { account, customer, requestId, actor, idOf: (step: string) => eventId(requestId, step) };
    return this.statements.decide(account, customer, (state, atMs) => ({
      events: creditWallet(state, atMs, { ...credit, transaction }, cause),
      outcome: { customer, transaction },
    }));
  }
}
