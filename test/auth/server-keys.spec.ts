import { ServerKeys } from '../../src/auth/server-keys.js';
import { ACCOUNT, accountLimitsSet, accountOpened, id, serverKeyIssued, UNATTRIBUTED } from '../views/events.js';
import { ViewsUnderTest } from '../views/views-under-test.js';

let views: ViewsUnderTest;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
});

afterEach(() => views.close());

const DIGEST = 'ab'.repeat(32);

describe('server keys', () => {
  it('knows whose key it is, from the moment it was issued', async () => {
    const handler = new ServerKeys(views.documents, views.runner);
    expect(await handler.holderOf(DIGEST)).toBeUndefined();
    await views.write(accountOpened(), serverKeyIssued(DIGEST));
    const caller = { account: ACCOUNT, keyId: id('key', 'K'), unattributedCustomer: UNATTRIBUTED, tier: 'developer' };
    expect(await handler.holderOf(DIGEST)).toEqual(caller);
    await views.documents.close();
    expect(await handler.holderOf(DIGEST)).toEqual(caller);
  });

  it('does not know a digest that is only like one', async () => {
    await views.given(accountOpened(), serverKeyIssued(DIGEST));
    const handler = new ServerKeys(views.documents, views.runner);
    for (const digest of ['', 'ab', DIGEST.toUpperCase(), `${DIGEST}00`]) expect(await handler.holderOf(digest)).toBeUndefined();
  });

  it('reads nothing again for a key that nobody holds, until the book goes on', async () => {
    await views.given(accountOpened());
    const handler = new ServerKeys(views.documents, views.runner);
    const asked = countReads();
    expect(await handler.holderOf(DIGEST)).toBeUndefined();
    const { reads } = asked;
    for (let n = 0; n < 100; n++) expect(await handler.holderOf(DIGEST)).toBeUndefined();
    expect(asked.reads).toBe(reads);
    await views.given(serverKeyIssued(DIGEST));
    expect(await handler.holderOf(DIGEST)).toMatchObject({ account: ACCOUNT });
  });

  it('has nothing written for a key that nobody holds, however the book goes on', async () => {
    await views.given(accountOpened());
    const handler = new ServerKeys(views.documents, views.runner);
    const { documents } = views;
    let writes = 0;
    const write = documents.write.bind(documents);
    documents.write = (...asked) => {
      writes++;
      return write(...asked);
    };
    for (let n = 0; n < 20; n++) {
      await views.write(accountLimitsSet({ rateLimitRpm: n + 1, rateLimitTpm: null }));
      expect(await handler.holderOf(n.toString(16).padStart(64, '0'))).toBeUndefined();
    }
    expect(writes).toBeLessThan(5);
    await views.write(serverKeyIssued(DIGEST));
    expect(await handler.holderOf(DIGEST)).toMatchObject({ account: ACCOUNT });
  });

  it('asks the book twice at most for all keys that come at once, and finds those among them that were issued meanwhile', async () => {
    const handler = new ServerKeys(views.documents, views.runner);
    const asked = countReads();
    await views.write(accountOpened(), serverKeyIssued(DIGEST));
    const unknown = Array.from({ length: 1000 }, (_, n) => handler.holderOf(n.toString(16).padStart(64, '0')));
    expect(await handler.holderOf(DIGEST)).toMatchObject({ account: ACCOUNT });
    expect(new Set(await Promise.all(unknown))).toEqual(new Set([undefined]));
    expect(asked.heads).toBeLessThanOrEqual(2);
  });
});

/** Counts how often the book is asked for its end, and the views for documents, from now on. */
function countReads(): { heads: number; reads: number } {
  const count = { heads: 0, reads: 0 };
  const { events, documents } = views;
  const [head, getMany] = [events.head.bind(events), documents.getMany.bind(documents)];
  events.head = () => {
    count.heads++;
    return head();
  };
  documents.getMany = (...asked) => {
    count.reads++;
    return getMany(...asked) as never;
  };
  return count;
}
