import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { DocumentStore } from '../document-store.js';
import { providerKeyId, providerKeys, type ProviderKeyDocument } from '../projections/provider-keys.js';
import { ProjectionRunner } from '../runner.js';
import { providerKeyAnswer, type ProviderKeyAnswer } from './provider-key-answer.js';

/**
 * An account's own key for a provider, by the provider's id.
 * @throws RingsideError `not_found`
 */
export class GetProviderKey extends Query<ProviderKeyAnswer> {
  constructor(
    readonly account: string,
    readonly provider: string,
  ) {
    super();
  }
}

@QueryHandler(GetProviderKey)
export class GetProviderKeyHandler implements IQueryHandler<GetProviderKey> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, provider }: GetProviderKey): Promise<ProviderKeyAnswer> {
    await this.runner.catchUp();
    const ids = [providerKeyId(account, provider)];
    const [found] = await this.documents.getMany<ProviderKeyDocument>(providerKeys.collection.name, ids);
    if (!found) throw new RingsideError('not_found', `there is no key of your own for "${provider}"`);
    return providerKeyAnswer(found);
  }
}
