import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DocumentStore } from '../document-store.js';
import { ProjectionRunner } from '../runner.js';
import { listAnswer, parsePage, type ListAnswer } from './page.js';
import type { RawParameters } from './parameters.js';
import { slotAnswer, type SlotAnswer } from './slot-answer.js';
import { slotsInEffect } from './slots-in-effect.js';

/**
 * The slots an account can call, its own and the platform's, sorted by alias; for nobody (null) the platform's.
 * @throws RingsideError `invalid_parameter`
 */
export class ListSlots extends Query<ListAnswer<SlotAnswer>> {
  constructor(
    readonly account: string | null,
    readonly parameters: RawParameters<'limit' | 'cursor'>,
  ) {
    super();
  }
}

@QueryHandler(ListSlots)
export class ListSlotsHandler implements IQueryHandler<ListSlots> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, parameters }: ListSlots): Promise<ListAnswer<SlotAnswer>> {
    const page = parsePage(parameters, 1);
    await this.runner.catchUp();
    const found = await slotsInEffect(this.documents, account, { after: page.after?.[0], limit: page.limit + 1 });
    return listAnswer(page, found, ({ alias }) => [alias], slotAnswer);
  }
}
