import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { EventStore } from '../../ledger/event-store.js';
import { DocumentStore } from '../document-store.js';
import { EventDecoder } from '../event-decoder.js';
import { ProjectionRunner } from '../runner.js';
import { marginAnswer, type MarginAnswer } from './margin-answer.js';
import { UsageSummation, type UsageQuestion } from './summed-usage.js';

/**
 * What a customer (named as in `GetCustomer`), or without one the whole account, brought in against what it cost: the
 * same question as `GetUsage`, with the same groupings. Errors: `invalid_parameter`, `customer_not_found`.
 */
export class GetMargin extends Query<MarginAnswer> implements UsageQuestion {
  constructor(
    readonly account: string,
    readonly parameters: UsageQuestion['parameters'],
    readonly reference?: string,
  ) {
    super();
  }
}

@QueryHandler(GetMargin)
export class GetMarginHandler implements IQueryHandler<GetMargin> {
  private readonly usage: UsageSummation;

  constructor(documents: DocumentStore, runner: ProjectionRunner, clock: Clock, events: EventStore, decoder: EventDecoder) {
    this.usage = new UsageSummation(documents, runner, clock, events, decoder);
  }

  async execute(question: GetMargin): Promise<MarginAnswer> {
    return marginAnswer(await this.usage.sum(question));
  }
}
