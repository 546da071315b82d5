import { NOTHING_CARRIED } from '../../../src/domain/events/carried-statement.js';
import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../../../src/domain/statement/statement.js';
import { NO_USAGE } from '../../../src/domain/events/usage-totals.js';
import { usageRecorded } from '../../support/events.js';

const envelope = { id: 'e', account: 'acct_1', customer: 'cust_1', actor: 'system', occurredAt: 0 } as const;
const opened: StatementEvent = {
  ...envelope,
  type: 'StatementOpened',
  data: { month: '202611', previousMonth: null, ...NOTHING_CARRIED },
};
const closed: StatementEvent = {
  ...envelope,
  type: 'StatementClosed',
  data: { month: '202611', totals: NO_USAGE, carriedTotals: NO_USAGE, nextMonth: '202612', ...NOTHING_CARRIED },
};
const usage = (data: Partial<UsageRecorded['data']>): StatementEvent => usageRecorded({ data });

const fold = (...events: StatementEvent[]) => events.reduce<StatementState | undefined>(evolveStatement, undefined);

describe('a statement', () => {
  it('given its opening, it is open and empty', () => {
    expect(fold(opened)).toMatchObject({
      month: '202611',
      previousMonth: null,
      nextMonth: null,
      totals: NO_USAGE,
      heldNanoUsd: '0',
    });
  });

  it('adds up its usage', () => {
    const state = fold(
      opened,
      usage({ costNanoUsd: '100', billableNanoUsd: '7' }),
      usage({ costNanoUsd: null, flags: ['unpriced', 'estimated'], outcome: 'failed' }),
    );
    expect(state?.totals).toMatchObject({
      requests: 2,
      failedRequests: 1,
      costNanoUsd: '100',
      billableNanoUsd: '7',
      unpricedRequests: 1,
      estimatedRequests: 1,
    });
  });

  it('names its successor once it is closed', () => {
    expect(fold(opened, closed)?.nextMonth).toBe('202612');
  });

  it.each([
    ['usage before the opening', [usage({})]],
    ['a second opening', [opened, opened]],
    ['usage after the close', [opened, closed, usage({})]],
    ['a second close', [opened, closed, closed]],
  ])('refuses %s', (_, events) => {
    expect(() => fold(...events)).toThrow();
  });
});
