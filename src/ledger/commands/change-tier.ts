import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Tier } from '../../domain/pricing/tier.js';
import { Streams } from '../streams/streams.js';

/**
 * Gives an account another tier; nothing is written when it has that one.
 * @throws RingsideError `not_found`
 */
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
  constructor(private readonly streams: Streams) {}

  async execute({ account, tier, requestId }: ChangeTier): Promise<void> {
    const cause = { account, requestId, actor: 'operator', id: requestId } as const;
    await this.streams.decide('account', account, { type: 'ChangeTier', tier, cause });
  }
}
