import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DocumentStore } from '../document-store.js';
import { providerKeyId, providerKeys, type ProviderKeyDocument } from '../projections/provider-keys.js';
import { ProjectionRunner } from '../runner.js';
import { listAnswer, parsePage, type ListAnswer } from './page.js';
import type { RawParameters } from './parameters.js';
import { providerKeyAnswer, type ProviderKeyAnswer } from './provider-key-answer.js';

/**
 * An account's own keys for providers, sorted by provider.
 * @throws RingsideError `invalid_parameter`
 */
export class ListProviderKeys extends Query<ListAnswer<ProviderKeyAnswer>> {
  constructor(
    readonly account: string,
    readonly parameters: RawParameters<'limit' | 'cursor'>,
  ) {
    super();
  }
}

@QueryHandler(ListProviderKeys)
export class ListProviderKeysHandler implements IQueryHandler<ListProviderKeys> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, parameters }: ListProviderKeys): Promise<ListAnswer<ProviderKeyAnswer>> {
    const page = parsePage(parameters, 1);
    await this.runner.catchUp();
    const found = await this.documents.find<ProviderKeyDocument>(providerKeys.collection.name, {
      where: { account },
      after: page.after && { id: providerKeyId(account, page.after[0]!) },
      limit: page.limit + 1,
    });
    return listAnswer(page, found, ({ provider }) => [provider], providerKeyAnswer);
  }
}
