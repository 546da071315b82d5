import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock, monthAfter, monthOf } from '../../domain/clock.js';
import { isAheadOf } from '../../domain/statement/resumed-month.js';
import { DocumentStore } from '../document-store.js';
import { statements, type StatementDocument } from '../projections/statements.js';

/**
 * What is strange about the clock, in a sentence each; empty when nothing is. None of it keeps the process from taking
 * calls.
 */
export class GetClockWarnings extends Query<readonly string[]> {}

@QueryHandler(GetClockWarnings)
export class GetClockWarningsHandler implements IQueryHandler<GetClockWarnings> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<readonly string[]> {
    const nowMs = this.clock.nowMs();
    const range = { field: 'month', from: monthAfter(monthOf(nowMs)) };
    const filter = { range, orderBy: 'month', order: 'desc', limit: 1 } as const;
    // Who cannot read the views has worse to say, and says it elsewhere.
    const [latest] = await this.documents.find<StatementDocument>(statements.collection.name, filter).catch(() => []);
    if (!latest || !isAheadOf(nowMs, latest.month)) return [];
    const now = new Date(nowMs).toISOString();
    return [
      `a statement of ${latest.month} lies ahead of the clock (${now}): the clock was ahead and was set back, or is behind now; calls count in the month of the clock`,
    ];
  }
}
