import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import { Streams } from '../streams/streams.js';

/**
 * Sets rate limits of an account that exists, in force with the next call; a limit that is not named stays, null clears
 * it.
 * @throws RingsideError `not_found`
 */
export class SetAccountLimits extends Command<void> {
  constructor(
    readonly account: string,
    readonly limits: Partial<RateLimitSettings>,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(SetAccountLimits)
export class SetAccountLimitsHandler implements ICommandHandler<SetAccountLimits> {
  constructor(private readonly streams: Streams) {}

  async execute({ account, limits, requestId }: SetAccountLimits): Promise<void> {
    const cause = { account, requestId, actor: 'operator', id: requestId } as const;
    await this.streams.decide('account', account, { type: 'SetAccountLimits', limits, cause });
  }
}
