import { ServerKeys } from '../../src/auth/server-keys.js';
import { ChangeFeed } from '../../src/ledger/journal/change-feed.js';
import { Journal } from '../../src/ledger/journal/journal.js';
import { Streams } from '../../src/ledger/streams/streams.js';
import { NO_SUBJECTS } from '../models/process.js';
import {
  ACCOUNT,
  accountLimitsSet,
  accountOpened,
  id,
  serverKeyIssued,
  tierChanged,
  UNATTRIBUTED,
} from '../views/events.js';
import { ViewsUnderTest } from '../views/views-under-test.js';

let views: ViewsUnderTest;
let changeFeed: ChangeFeed;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
  changeFeed = new ChangeFeed(views.events);
});

afterEach(async () => {
  await changeFeed.beforeApplicationShutdown();
  await views.close();
});

/** The keys of a gateway on these views and their ledger. */
function serverKeys(): ServerKeys {
  const journal = new Journal(views.events, NO_SUBJECTS);
  journal.decode = (stored) => views.decoder.decode(stored);
  const streams = new Streams(journal, { find: () => Promise.resolve(undefined) }, views.clock, changeFeed);
  return new ServerKeys(views.documents, views.runner, streams);
}

const DIGEST = 'ab'.repeat(32);

describe('server keys', () => {
  it('knows whose key it is, from the moment it was issued', async () => {
    const handler = serverKeys();
    expect(await handler.holderOf(DIGEST)).toBeUndefined();
    await views.write(accountOpened(), serverKeyIssued(DIGEST));
    const caller = { account: ACCOUNT, keyId: id('key', 'K'), unattributedCustomer: UNATTRIBUTED, tier: 'developer' };
    expect(await handler.holderOf(DIGEST)).toEqual(caller);
    await views.documents.close();
    expect(await handler.holderOf(DIGEST)).toEqual(caller);
  });

  it('does not know a digest that is only like one', async () => {
    await views.given(accountOpened(), serverKeyIssued(DIGEST));
    const handler = serverKeys();
    for (const digest of ['', 'ab', DIGEST.toUpperCase(), `${DIGEST}00`])
      expect(await handler.holderOf(digest)).toBeUndefined();
  });

  it('reads nothing again for a key that nobody holds, until the book goes on', async () => {
    await views.given(accountOpened());
    const handler = serverKeys();
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
    const handler = serverKeys();
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

  it('takes over what others change about the account once that is heard of, and reads nothing for each call', async () => {
    const keys = serverKeys();
    await changeFeed.onModuleInit();
    await views.given(accountOpened(), serverKeyIssued(DIGEST));
    expect(await keys.holderOf(DIGEST)).toMatchObject({ tier: 'developer' });
    const asked = countReads();
    for (let n = 0; n < 100; n++) await keys.holderOf(DIGEST);
    const changed = await views.write(tierChanged('pro'));
    expect(await changeFeed.reached(changed, 20_000)).toBe(true);
    expect(await keys.holderOf(DIGEST)).toMatchObject({ tier: 'pro' });
    for (let n = 0; n < 100; n++) await keys.holderOf(DIGEST);
    expect(asked).toEqual({ heads: 0, reads: 0, streams: 1 });
  });

  it('asks the book twice at most for all keys that come at once, and finds those among them that were issued meanwhile', async () => {
    const handler = serverKeys();
    const asked = countReads();
    await views.write(accountOpened(), serverKeyIssued(DIGEST));
    const unknown = Array.from({ length: 1000 }, (_, n) => handler.holderOf(n.toString(16).padStart(64, '0')));
    expect(await handler.holderOf(DIGEST)).toMatchObject({ account: ACCOUNT });
    expect(new Set(await Promise.all(unknown))).toEqual(new Set([undefined]));
    expect(asked.heads).toBeLessThanOrEqual(2);
  });
});

/** Counts how often the book is asked for its end and for streams, and the views for documents, from now on. */
function countReads(): { heads: number; reads: number; streams: number } {
  const count = { heads: 0, reads: 0, streams: 0 };
  const { events, documents } = views;
  const [head, getMany, readStream] = [
    events.head.bind(events),
    documents.getMany.bind(documents),
    events.readStream.bind(events),
  ];
  events.head = () => {
    count.heads++;
    return head();
  };
  events.readStream = (...asked) => {
    count.streams++;
    return readStream(...asked);
  };
  documents.getMany = (...asked) => {
    count.reads++;
    return getMany(...asked) as never;
  };
  return count;
}
