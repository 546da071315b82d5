import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { StoreFaults } from '../../domain/store-faults.js';
import { UsageBacklog } from '../../domain/usage-backlog.js';
import { EventStore } from '../../ledger/journal/event-store.js';
import { ProjectionRunner } from '../runner.js';

/** Views further behind than this many events would let reads time out. */
const ACCEPTABLE_LAG = 10_000;

/** What keeps this process from taking calls, each in a short sentence; empty when it can. */
export class GetReadiness extends Query<readonly string[]> {}

@QueryHandler(GetReadiness)
export class GetReadinessHandler implements IQueryHandler<GetReadiness> {
  constructor(
    private readonly store: EventStore,
    private readonly runner: ProjectionRunner,
    private readonly usageBacklog: UsageBacklog,
    private readonly stores: StoreFaults,
  ) {}

  async execute(): Promise<readonly string[]> {
    const { count } = this.usageBacklog;
    const waiting = count === 0 ? [] : [`the usage of ${count} earlier calls is still to be written to the ledger`];
    const faults = await this.stores.now();
    return [...waiting, ...faults, ...(await this.missingToRead(faults.length > 0))];
  }

  /** @param isFaulty a store that is out has been named, and may be the one that would be asked for long */
  private async missingToRead(isFaulty: boolean): Promise<readonly string[]> {
    if (this.runner.failure) return [this.runner.failure.message];
    if (isFaulty) return [];
    try {
      const { position } = this.runner;
      const lag = (await this.store.head()) - position;
      if (lag < 0)
        return [
          'the views are ahead of the ledger, as after an older copy of it was restored; remove views.db and restart',
        ];
      return lag > ACCEPTABLE_LAG ? [`the views are ${lag} events behind the ledger`] : [];
    } catch {
      return ['the ledger does not answer'];
    }
  }
}
