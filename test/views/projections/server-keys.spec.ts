import { serverKeys } from '../../../src/views/projections/server-keys.js';
import { ACCOUNT, id, NOON, serverKeyIssued } from '../events.js';
import { documentsGiven } from '../plain-book.js';

describe('server-keys', () => {
  it('each key is found by the digest of its secret', () => {
    const documents = documentsGiven(serverKeys, [serverKeyIssued('aa'), serverKeyIssued('bb', id('acct', 'B'))]);
    expect(documents.get('aa')).toEqual({
      id: 'aa',
      position: 1,
      account: ACCOUNT,
      keyId: id('key', 'K'),
      lastFour: '1234',
      createdAt: NOON,
    });
    expect(documents.get('bb')).toMatchObject({ account: id('acct', 'B') });
  });
});
