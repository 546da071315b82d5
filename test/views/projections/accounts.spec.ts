import { accounts } from '../../../src/views/projections/accounts.js';
import { ACCOUNT, accountOpened, UNATTRIBUTED } from '../events.js';
import { documentsGiven } from '../plain-book.js';

describe('accounts', () => {
  it('an opened account knows the customer under which its unattributed calls are booked', () => {
    expect([...documentsGiven(accounts, [accountOpened()]).values()]).toEqual([
      { id: ACCOUNT, position: 1, unattributedCustomer: UNATTRIBUTED },
    ]);
  });
});
