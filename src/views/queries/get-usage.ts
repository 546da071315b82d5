import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { EventStore } from '../../ledger/event-store.js';
import { DocumentStore } from '../document-store.js';
import { EventDecoder } from '../event-decoder.js';
import { ProjectionRunner } from '../runner.js';
import { UsageSummation, type UsageQuestion } from './summed-usage.js';
import { usageAnswer, type UsageAnswer } from './usage-answer.js';

/**
 * What a customer (named as in `GetCustomer`), or without one the whole account, has used from `from` until `to`,
 * broken down by `group_by`, now or as it was at `as_of`. Errors: `invalid_parameter`, `customer_not_found`.
 */
export class GetUsage extends Query<UsageAnswer> implements UsageQuestion {
  constructor(
    readonly account: string,
    readonly parameters: UsageQuestion['parameters'],
    readonly reference?: string,
  ) {
    super();
  }
}

@QueryHandler(GetUsage)
export class GetUsageHandler implements IQueryHandler<GetUsage> {
  private readonly usage: UsageSummation;

  constructor(documents: DocumentStore, runner: ProjectionRunner, clock: Clock, events: EventStore, decoder: EventDecoder) {
    this.usage = new UsageSummation(documents, runner, clock, events, decoder);
  }

  async execute(question: GetUsage): Promise<UsageAnswer> {
    return usageAnswer(await this.usage.sum(question));
  }
}
