import { IdentifyCaller, IdentifyCallerHandler } from '../../../src/views/queries/identify-caller.js';
import { ACCOUNT, accountOpened, id, serverKeyIssued, UNATTRIBUTED } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';

let views: ViewsUnderTest;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
});

afterEach(() => views.close());

const DIGEST = 'ab'.repeat(32);

describe('IdentifyCaller', () => {
  it('knows whose key it is, from the moment it was issued', async () => {
    const handler = new IdentifyCallerHandler(views.documents, views.runner);
    expect(await handler.execute(new IdentifyCaller(DIGEST))).toBeUndefined();
    await views.write(accountOpened(), serverKeyIssued(DIGEST));
    const caller = { account: ACCOUNT, keyId: id('key', 'K'), unattributedCustomer: UNATTRIBUTED, tier: 'developer' };
    expect(await handler.execute(new IdentifyCaller(DIGEST))).toEqual(caller);
    await views.documents.close();
    expect(await handler.execute(new IdentifyCaller(DIGEST))).toEqual(caller);
  });

  it('does not know a digest that is only like one', async () => {
    await views.given(accountOpened(), serverKeyIssued(DIGEST));
    const handler = new IdentifyCallerHandler(views.documents, views.runner);
    for (const digest of ['', 'ab', DIGEST.toUpperCase(), `${DIGEST}00`])
      expect(await handler.execute(new IdentifyCaller(digest))).toBeUndefined();
  });
});
