import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { UsageSummation, type UsageQuestion } from './summed-usage.js';
import { usageAnswer, type UsageAnswer } from './usage-answer.js';

/**
 * What a customer (named as in `GetCustomer`), or without one the whole account, has used from `from` until `to`,
 * broken down by `group_by`, now or as it was at `as_of`.
 * @throws RingsideError `invalid_parameter`, `customer_not_found`, `rate_limited`
 */
export class GetUsage extends Query<UsageAnswer> implements UsageQuestion {
  constructor(
    readonly account: string,
    readonly parameters: UsageQuestion['parameters'],
    readonly reference?: string,
    readonly signal?: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(GetUsage)
export class GetUsageHandler implements IQueryHandler<GetUsage> {
  constructor(private readonly usage: UsageSummation) {}

  async execute(question: GetUsage): Promise<UsageAnswer> {
    return usageAnswer(await this.usage.sum(question));
  }
}
