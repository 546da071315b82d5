import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import { usage } from './events.js';
import { ViewsUnderTest } from './views-under-test.js';

let views: ViewsUnderTest;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
});

afterEach(() => views.close());

/**
 * The views have caught up by themselves. Whoever asks while they stand still is told so at once, so it is asked again.
 */
async function caughtUp(): Promise<void> {
  const head = await views.events.head();
  while (!(await views.runner.reached(head, 30_000))) await wait(20);
}

async function expectWhole(): Promise<void> {
  await caughtUp();
  expect(views.runner.failure).toBeUndefined();
  expect(await views.contents()).toEqual(await views.rebuiltContents());
}

type Method = 'write' | 'getMany' | 'checkpoint' | 'declare';

/** Lets one of the store's methods fail; gives what mends it. */
function breakStore(method: Method, error: Error): () => void {
  const { documents } = views;
  const works = documents[method];
  documents[method] = () => Promise.reject(error);
  return () => {
    documents[method] = works as never;
  };
}

it.each<Method>(['write', 'getMany'])(
  'S5 views whose store fails at %s say so, and go on by themselves once it does not',
  async (method) => {
    await views.given(usage(), usage());
    const mend = breakStore(method, new Error('database or disk is full'));
    await views.write(usage(), usage({ customer: 'cust_somebody_new' }));
    expect(await views.runner.reached(await views.events.head(), 30_000)).toBe(false);
    expect(views.runner.failure?.message).toBe('database or disk is full');
    // What comes meanwhile is not lost either.
    await views.write(usage());
    mend();
    await expectWhole();
  },
);

it('S5 views whose store cannot even be opened again wait for it', async () => {
  await views.given(usage());
  const mends = (['write', 'checkpoint', 'declare'] as const).map((method) =>
    breakStore(method, new Error('disk I/O error')),
  );
  await views.write(usage());
  expect(await views.runner.reached(await views.events.head(), 30_000)).toBe(false);
  mends[0]!();
  await views.write(usage());
  expect(await views.runner.reached(await views.events.head(), 30_000)).toBe(false);
  for (const mend of mends) mend();
  await expectWhole();
});

it.each<[string, Error]>([
  ['the ledger', new StoreUnavailable('the ledger', new Error('out'))],
  ['the keys of customers', new StoreUnavailable('the store of customers', new Error('out'))],
])('S5 an event that cannot be read because %s does not answer is read again', async (_, error) => {
  await views.given(usage());
  const decode = views.decoder.decode.bind(views.decoder);
  let failures = 2;
  views.decoder.decode = (stored) => {
    if (failures-- > 0) throw error;
    return decode(stored);
  };
  await views.write(usage(), usage());
  await expectWhole();
});

it('S5 views go on when their store and the book come back one after the other, and what was written is there though the answer was lost', async () => {
  await views.given(usage());
  const { documents } = views;
  const write = documents.write.bind(documents);
  documents.write = async (...args) => {
    await write(...args);
    throw new Error('the answer was lost');
  };
  const head = views.events.head.bind(views.events);
  await views.write(usage());
  expect(await views.runner.reached(await head(), 30_000)).toBe(false);
  views.events.head = () => Promise.reject(new StoreUnavailable('the ledger', new Error('out')));
  documents.write = write;
  await wait(600);
  views.events.head = head;
  await expectWhole();
});
