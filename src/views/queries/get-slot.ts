import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { DocumentStore } from '../document-store.js';
import { slotId, slots, type SlotDocument } from '../projections/slots.js';
import { ProjectionRunner } from '../runner.js';
import { slotAnswer, type SlotAnswer } from './slot-answer.js';

/**
 * The slot that an alias means: an account's own, else the platform's; for nobody (null) the platform's.
 * @throws RingsideError `not_found`
 */
export class GetSlot extends Query<SlotAnswer> {
  constructor(
    readonly account: string | null,
    readonly alias: string,
  ) {
    super();
  }
}

@QueryHandler(GetSlot)
export class GetSlotHandler implements IQueryHandler<GetSlot> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, alias }: GetSlot): Promise<SlotAnswer> {
    await this.runner.catchUp();
    const ids = [slotId(account, alias), slotId(null, alias)];
    const found = await this.documents.getMany<SlotDocument>(slots.collection.name, ids);
    const slot = found.find((one) => one.id === ids[0]) ?? found[0];
    if (!slot) throw new RingsideError('not_found', 'there is no such slot');
    return slotAnswer(slot);
  }
}
