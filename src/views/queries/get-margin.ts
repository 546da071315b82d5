import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { marginAnswer, type MarginAnswer } from './margin-answer.js';
import { UsageSummation, type UsageQuestion } from './summed-usage.js';

/**
 * What a customer (named as in `GetCustomer`), or without one the whole account, brought in against what it cost: the
 * same question as `GetUsage`, with the same groupings.
 * @throws RingsideError `invalid_parameter`, `customer_not_found`, `rate_limited`
 */
export class GetMargin extends Query<MarginAnswer> implements UsageQuestion {
  constructor(
    readonly account: string,
    readonly parameters: UsageQuestion['parameters'],
    readonly reference?: string,
    readonly signal?: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(GetMargin)
export class GetMarginHandler implements IQueryHandler<GetMargin> {
  constructor(private readonly usage: UsageSummation) {}

  async execute(question: GetMargin): Promise<MarginAnswer> {
    return marginAnswer(await this.usage.sum(question));
  }
}
