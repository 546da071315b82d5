import { customers, type CustomerDocument } from '../../../src/views/projections/customers.js';
import { ACCOUNT, ADA, customerCreated, customerUpdated, NOON, UNATTRIBUTED } from '../events.js';
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
    });
  });

  it('an update changes the fields it names and no others', () => {
    const given = [customerCreated(ADA, 'ada'), customerUpdated(ADA, { name: 'Ada' }), customerUpdated(ADA, { metadata: { plan: 'pro' } })];
    expect(documentsGiven(customers, given).get(ADA)).toMatchObject({
      externalId: 'ada',
      name: 'Ada',
      metadata: { plan: 'pro' },
      position: 3,
    });
  });

  it('the pseudo-customer for unattributed calls is marked', () => {
    const document = documentsGiven<CustomerDocument>(customers, [customerCreated(UNATTRIBUTED, null)]).get(UNATTRIBUTED);
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
