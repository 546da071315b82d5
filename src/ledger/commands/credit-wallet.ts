import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Actor } from '../../domain/events/envelope.js';
import type { CreditKind } from '../../domain/events/wallet-credited.js';
import { IdSource } from '../../domain/ids.js';
import type { NanoUsd } from '../../domain/money.js';
import { StatementRegistry } from '../statements/statement-registry.js';

/** A change of a wallet that somebody asks for. */
export interface Credit {
  readonly kind: CreditKind;
  /** Negative only for `adjust`; undefined for a `refund` of all that is left of the debit. */
  readonly amount: NanoUsd | undefined;
  readonly note: string | null | undefined;
  /** The call that is refunded, and what it took from the wallet. */
  readonly refund: { readonly requestId: string; readonly debited: NanoUsd } | undefined;
}

/** A wallet's transaction: its id is `txn_…`. */
export interface Credited {
  readonly customer: string;
  readonly transaction: string;
}

/**
 * Changes a customer's wallet other than by a call.
 * @throws RingsideError `not_found` without a wallet, `invalid_parameter` for more than is free or left to refund
 */
export class CreditWallet extends Command<Credited> {
  constructor(
    readonly account: string,
    readonly customer: string,
    readonly credit: Credit,
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

  async execute({ account, customer, credit, actor, requestId }: CreditWallet): Promise<Credited> {
    const { kind, amount, note, refund } = credit;
    const transaction = this.ids.next('txn');
    await this.statements.decide({
      type: 'CreditWallet',
      cause: { account, customer, requestId, actor, id: requestId },
      transaction,
      kind,
      amountNanoUsd: amount?.toString() ?? null,
      note: note ?? null,
      refund: refund ? { requestId: refund.requestId, debitedNanoUsd: refund.debited.toString() } : null,
    });
    return { customer, transaction };
  }
}
