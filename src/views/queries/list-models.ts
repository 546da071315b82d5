import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ProjectionRunner } from '../runner.js';
import { CallableModels } from './callable-models.js';
import type { ModelAnswer } from './model-answer.js';
import type { ListAnswer } from './page.js';

/** All models that an account can call now, and its slots: in one page, since OpenAI's clients ask for no other. */
export class ListModels extends Query<ListAnswer<ModelAnswer>> {
  constructor(readonly account: string) {
    super();
  }
}

@QueryHandler(ListModels)
export class ListModelsHandler implements IQueryHandler<ListModels> {
  constructor(
    private readonly models: CallableModels,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account }: ListModels): Promise<ListAnswer<ModelAnswer>> {
    await this.runner.catchUp();
    return { object: 'list', data: await this.models.all(account), has_more: false, next_cursor: null };
  }
}
