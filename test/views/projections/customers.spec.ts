import type { CustomerUpdated } from '../../../src/domain/events/index.js';
import { customers, type CustomerDocument } from '../../../src/views/projections/customers.js';
import { ACCOUNT, ADA, customerCreated, customerUpdated, NOON, rateLimitExceeded, UNATTRIBUTED } from '../events.js';
import { documentsGiven } from '../plain-book.js';

describe('customers', () => {
  it('a created customer is there with what was said about it', () => {
    expect(documentsGiven(customers, [customerCreated(ADA, 'ada')]).get(ADA)).toEqual({
      id: ADA,
      position: 1,
      account: ACCOUNT,
      unattributed: false,
      externalId: 'ada',
      name: null,
      metadata: {},
      createdAt: NOON,
      firstCapNanoUsd: null,
      rateLimitRpm: null,
      rateLimitTpm: null,
      lastLimitedMinute: null,
      head: { revision: 0, chain: expect.any(String) },
    });
  });

  it('an update changes the fields it names and no others', () => {
    const given = [
      customerCreated(ADA, 'ada'),
      customerUpdated(ADA, { name: 'Ada' }),
      customerUpdated(ADA, { metadata: { plan: 'pro' } }),
    ];
    expect(documentsGiven(customers, given).get(ADA)).toMatchObject({
      externalId: 'ada',
      name: 'Ada',
      metadata: { plan: 'pro' },
      position: 3,
    });
  });

  it('an update of rate limits changes the limits it names, and null clears', () => {
    const update = (data: Omit<CustomerUpdated['data'], 'changed'>): CustomerUpdated => ({
      ...customerUpdated(ADA, {}),
      data: { changed: ['rateLimitRpm'], ...data },
    });
    const given = [
      customerCreated(ADA, 'ada'),
      update({ rateLimitRpm: 60, rateLimitTpm: 1000 }),
      update({ rateLimitRpm: null }),
    ];
    expect(documentsGiven(customers, given).get(ADA)).toMatchObject({
      rateLimitRpm: null,
      rateLimitTpm: 1000,
      externalId: 'ada',
    });
  });

  it('a refusal by a rate limit is remembered by its minute, and where the stream ends', () => {
    const given = [customerCreated(ADA, 'ada'), rateLimitExceeded(ADA, NOON + 61_000)];
    expect(documentsGiven(customers, given).get(ADA)).toMatchObject({
      lastLimitedMinute: NOON / 60_000 + 1,
      name: null,
      head: { revision: 1 },
    });
  });

  it('the pseudo-customer for unattributed calls is marked', () => {
    const document = documentsGiven<CustomerDocument>(customers, [customerCreated(UNATTRIBUTED, null)]).get(
      UNATTRIBUTED,
    );
    expect(document).toMatchObject({ unattributed: true, externalId: null });
  });

  it('a customer whose key is gone is there without personal fields', () => {
    const created = { ...customerCreated(ADA, 'ada'), personal: null };
    expect(documentsGiven(customers, [created, customerUpdated(ADA, null)]).get(ADA)).toMatchObject({
      externalId: null,
      name: null,
      metadata: {},
    });
  });

  it('an update of a customer that was never created is against the rules', () => {
    expect(() => documentsGiven(customers, [customerUpdated(ADA, { name: 'Ada' })])).toThrow('before CustomerCreated');
  });
});
