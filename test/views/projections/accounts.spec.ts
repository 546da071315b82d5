import { NO_CREDIT } from '../../../src/domain/account/account-credit.js';
import type { LedgerEvent } from '../../../src/domain/events/index.js';
import { accounts, type AccountDocument } from '../../../src/views/projections/accounts.js';
import {
  ACCOUNT,
  accountLimitsSet,
  accountOpened,
  creditGranted,
  creditThresholdCrossed,
  NOON,
  tierChanged,
  UNATTRIBUTED,
  usage,
} from '../events.js';
import { documentsGiven } from '../plain-book.js';

const opened = {
  id: ACCOUNT,
  unattributedCustomer: UNATTRIBUTED,
  createdAt: NOON,
  rateLimitRpm: null,
  rateLimitTpm: null,
  credit: NO_CREDIT,
  creditUnsaid: false,
};

describe('accounts', () => {
  it('an opened account is a developer and knows the customer under which its unattributed calls are booked', () => {
    expect([...documentsGiven(accounts, [accountOpened()]).values()]).toEqual([
      { ...opened, position: 1, tier: 'developer' },
    ]);
  });

  it('an account has the tier it was given last', () => {
    const events = [accountOpened(), tierChanged('enterprise'), tierChanged('pro')];
    expect([...documentsGiven(accounts, events).values()]).toEqual([{ ...opened, position: 3, tier: 'pro' }]);
  });

  it('an account has the credit it was granted, less what calls drew that the platform paid for', () => {
    const draw = (creditNanoUsd: string | null) => usage({ data: { creditNanoUsd } });
    const events = [
      accountOpened(),
      creditGranted('1000'),
      draw('300'),
      draw(null),
      creditGranted('50', 'operator'),
      draw('7'),
    ];
    const credit = { ...NO_CREDIT, grantedNanoUsd: '1050', drawnNanoUsd: '307', lastGrantNanoUsd: '50', grants: 2 };
    expect([...documentsGiven(accounts, events).values()]).toEqual([
      { ...opened, position: 6, tier: 'developer', credit },
    ]);
  });

  it('an account is found by thresholds of its credit that are crossed, until the book says so', () => {
    const events: LedgerEvent[] = [accountOpened(), creditGranted('1000'), usage({ data: { creditNanoUsd: '1000' } })];
    const unsaid = () =>
      [...documentsGiven<AccountDocument>(accounts, events).values()].map(({ creditUnsaid }) => creditUnsaid);
    expect(unsaid()).toEqual([true]);
    events.push(creditThresholdCrossed('low'));
    expect(unsaid()).toEqual([true]);
    events.push(creditThresholdCrossed('empty'));
    expect(unsaid()).toEqual([false]);
  });

  it('an account has the limits it was given last', () => {
    const events = [
      accountOpened(),
      accountLimitsSet({ rateLimitRpm: 60, rateLimitTpm: null }),
      tierChanged('pro'),
      accountLimitsSet({ rateLimitRpm: null, rateLimitTpm: 1000 }),
    ];
    expect([...documentsGiven(accounts, events).values()]).toEqual([
      { ...opened, position: 4, tier: 'pro', rateLimitTpm: 1000 },
    ]);
  });
});
