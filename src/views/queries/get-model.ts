import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { ModelNames } from '../../domain/call/model-names.js';
import { parseModelRef, type ModelRef } from '../../domain/call/model-ref.js';
import { ProjectionRunner } from '../runner.js';
import { CallableModels } from './callable-models.js';
import type { ModelAnswer } from './model-answer.js';

/** So much of a reference is shown in an error. */
const LONGEST_SHOWN = 200;

/**
 * A model, or a slot, that an account can call now, by its reference.
 * @throws RingsideError `model_not_found`, also for what is no reference
 */
export class GetModel extends Query<ModelAnswer> {
  constructor(
    readonly account: string,
    readonly ref: string,
  ) {
    super();
  }
}

@QueryHandler(GetModel)
export class GetModelHandler implements IQueryHandler<GetModel> {
  constructor(
    private readonly models: CallableModels,
    private readonly names: ModelNames,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, ref }: GetModel): Promise<ModelAnswer> {
    const meant = parsed(ref, this.names);
    await this.runner.catchUp();
    const model = await this.models.one(account, meant);
    if (!model)
      throw notFound(
        `${JSON.stringify(ref.slice(0, LONGEST_SHOWN))} cannot be called here; GET /v1/models lists the models that can`,
      );
    return model;
  }
}

function parsed(ref: string, names: ModelNames): ModelRef {
  try {
    return parseModelRef(ref, names);
  } catch (error) {
    throw error instanceof RingsideError ? notFound(error.message) : error;
  }
}

function notFound(message: string): RingsideError {
  return new RingsideError('model_not_found', message, { param: 'model' });
}
