import { startOfMonth } from '../../../src/domain/clock.js';
import type { UsageRecorded } from '../../../src/domain/events/index.js';
import type { ExpireHolds, ReleaseHold } from '../../../src/domain/statement/end-hold.js';
import { statementDecider } from '../../../src/domain/statement/decide.js';
import type { StatementEvent } from '../../../src/domain/statement/statement.js';
import { given as givenTo, NOW_MS } from '../../support/given.js';
import { at, CAUSE, held, opened, recordUsage, wallet } from '../../support/statement-events.js';

const given = (...events: StatementEvent[]) => givenTo(statementDecider, ...events);

/** The record of a call with these parts. */
const recorded = (data: Partial<UsageRecorded['data']>, envelope: Partial<UsageRecorded> = {}) => ({
  type: 'UsageRecorded' as const,
  ...envelope,
  data: expect.objectContaining(data) as never,
});

describe('what a call used is recorded', () => {
  it('as it is, for a customer whom nothing limits', () => {
    given(opened())
      .when(recordUsage('7', undefined, { attempt: 2, flags: ['estimated'] }, { personal: { tags: ['night'] } }))
      .then([
        recorded(
          { costNanoUsd: '7', flags: ['estimated'], hold: null, countsIn: null, wallet: null },
          { id: 'usage-2', requestId: 'req_1', actor: 'key:key_1', occurredAt: NOW_MS, personal: { tags: ['night'] } },
        ),
      ]);
  });

  it('and settles its hold', () => {
    given(opened({ capNanoUsd: '100' }), held('hold_1', { costNanoUsd: '12' }))
      .when(recordUsage('12', { costNanoUsd: '12' }))
      .then([recorded({ costNanoUsd: '12', flags: [], hold: 'hold_1', countsIn: null, wallet: null })]);
  });

  it('and is answered with its event', () => {
    const { events, outcome } = statementDecider.decide(
      recordUsage('7'),
      statementDecider.evolve(undefined, opened()),
      {
        nowMs: NOW_MS,
        idOf: (step) => step,
      },
    );
    expect(outcome).toEqual({ kind: 'recorded', event: events[0] });
  });

  it.each([
    ['the cost', '7', null, '7'],
    ['what the developer charges', '7', '5', '5'],
    ['nothing for what nobody knows the cost of', null, null, '0'],
  ])('a wallet pays %s', (_, cost, billableNanoUsd, debitNanoUsd) => {
    const balanceNanoUsd = String(100 - Number(debitNanoUsd));
    given(opened({ wallet: wallet('100') }), held('hold_1', { walletNanoUsd: '12' }))
      .when(recordUsage(cost, { walletNanoUsd: '12' }, { billableNanoUsd }))
      .then([recorded({ wallet: { transaction: 'txn_1', debitNanoUsd, balanceNanoUsd } })]);
  });

  it('a wallet pays for no call that was admitted without it', () => {
    given(opened({ capNanoUsd: '100', wallet: wallet('100') }), held('hold_1', { costNanoUsd: '12' }))
      .when(recordUsage('7', { costNanoUsd: '12' }))
      .then([recorded({ wallet: null, flags: [] })]);
  });

  it('more than was held is flagged, be it of the budget or of the wallet', () => {
    given(opened({ capNanoUsd: '100' }), held('hold_1', { costNanoUsd: '12' }))
      .when(recordUsage('13', { costNanoUsd: '12' }))
      .then([recorded({ flags: ['overrun'] })]);
    given(opened({ wallet: wallet('100') }), held('hold_1', { walletNanoUsd: '5' }))
      .when(recordUsage('1', { walletNanoUsd: '5' }, { billableNanoUsd: '6' }))
      .then([recorded({ flags: ['overrun'] })]);
  });

  it('what no open hold covers is flagged, but for what costs nothing', () => {
    const limited = given(opened({ capNanoUsd: '100' }));
    limited.when(recordUsage('7', { costNanoUsd: '12' })).then([recorded({ flags: ['late'] })]);
    limited.when(recordUsage('7')).then([recorded({ flags: ['late'], hold: null })]);
    limited.when(recordUsage('0')).then([recorded({ flags: [] })]);
    // The budget is newer than the hold.
    given(opened({ wallet: wallet('100') }), held('hold_1', { walletNanoUsd: '5' }), {
      ...CAUSE,
      type: 'BudgetSet',
      occurredAt: 0,
      data: { capNanoUsd: '100' },
    })
      .when(recordUsage('7', { walletNanoUsd: '5' }, { billableNanoUsd: '5' }))
      .then([recorded({ flags: ['late'] })]);
  });

  it('in the month in which its hold was taken', () => {
    const hold = { month: '202610', costNanoUsd: '12', walletNanoUsd: null, expiresAt: NOW_MS };
    given(opened({ capNanoUsd: '100', holds: { hold_1: hold } }))
      .when(recordUsage('12', hold))
      .then([recorded({ countsIn: '202610', flags: [] }, { occurredAt: NOW_MS })]);
  });

  it('in the month of the statement, where the clock was set back behind it', () => {
    given(opened({ capNanoUsd: '100' }, '202612'), held('hold_1', { costNanoUsd: '12' }))
      .when(recordUsage('12', { month: '202612', costNanoUsd: '12' }), at('202611'))
      .then([recorded({ countsIn: null }, { occurredAt: startOfMonth('202612') })]);
  });
});

describe('usage that may be recorded already', () => {
  const customer = given(opened());
  const searched = (...revisions: [string, number][]) =>
    recordUsage('7', undefined, {}, { searched: Object.fromEntries(revisions) });

  it('is recorded where nothing stands behind what was searched', () => {
    customer.when(searched(['202610', 9], ['202611', 4]), { lastRevision: 4 }).then([recorded({ costNanoUsd: '7' })]);
    customer.when(searched(['202611', -1]), { lastRevision: -1 }).then([recorded({ costNanoUsd: '7' })]);
  });

  it.each([
    ['something stands behind that', searched(['202611', 4]), { lastRevision: 5 }],
    ['another month was searched', searched(['202610', 9]), { lastRevision: 4 }],
    ['nothing was searched', searched(), { lastRevision: -1 }],
    ['nobody knows where the statement ends', searched(['202611', 4]), {}],
  ])('is not recorded where %s', (_, command, context) => {
    customer.when(command, context).then([]).answering({ kind: 'unsearched', month: '202611' });
  });
});

describe('a hold whose call was never sent', () => {
  const release: ReleaseHold = { type: 'ReleaseHold', cause: CAUSE, hold: 'hold_1' };

  it('is released', () => {
    given(opened({ capNanoUsd: '100' }), held('hold_1', { costNanoUsd: '12' }))
      .when(release)
      .then([
        {
          type: 'HoldReleased',
          id: 'released hold_1',
          requestId: 'req_1',
          data: { hold: 'hold_1', reason: 'released' },
        },
      ])
      .answering(null);
  });

  it('is left alone when it is over already', () => {
    given(opened({ capNanoUsd: '100' }), held('hold_2', { costNanoUsd: '12' }))
      .when(release)
      .then([])
      .answering(null);
  });
});

describe('holds whose time is over', () => {
  const expire: ExpireHolds = {
    type: 'ExpireHolds',
    cause: { account: 'acct_1', customer: 'cust_1', actor: 'system', id: 'hold_9' },
  };
  const before = [
    opened({ capNanoUsd: '100' }),
    held('hold_1', { costNanoUsd: '1', expiresAt: NOW_MS }),
    held('hold_2', { costNanoUsd: '1', expiresAt: NOW_MS - 1 }),
    held('hold_3', { costNanoUsd: '1', expiresAt: NOW_MS + 1 }),
  ];
  const expired = (hold: string) =>
    ({ type: 'HoldReleased', id: `expired ${hold}`, data: { hold, reason: 'expired' } }) as const;

  it('are released, and the others are not', () => {
    given(...before)
      .when(expire)
      .then([{ ...expired('hold_1'), actor: 'system', requestId: undefined }, expired('hold_2')])
      .answering({ expired: 2 });
  });

  it('stay where their calls are at work here, whatever the clock says', () => {
    given(...before)
      .when(expire, { isActive: (hold: string) => hold === 'hold_1' })
      .then([expired('hold_2')])
      .answering({ expired: 1 });
  });

  it('may be none', () => {
    given(opened({ capNanoUsd: '100' }))
      .when(expire)
      .then([])
      .answering({ expired: 0 });
  });
});
