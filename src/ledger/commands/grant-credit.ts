import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { NanoUsd } from '../../domain/money.js';
import { Streams } from '../streams/streams.js';

/**
 * Gives an account more credit.
 * @throws RingsideError `not_found`
 */
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
  constructor(private readonly streams: Streams) {}

  async execute({ account, amount, note, requestId }: GrantCredit): Promise<void> {
    const cause = { account, requestId, actor: 'operator', id: requestId } as const;
    await this.streams.decide('account', account, {
      type: 'GrantCredit',
      amountNanoUsd: amount.toString(),
      note,
      cause,
    });
  }
}
