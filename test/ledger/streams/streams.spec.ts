import { customerDecider } from '../../../src/domain/customer/customer.js';
import { chainOf } from '../../../src/ledger/journal/codec.js';
import { readStream } from '../../../src/ledger/streams/folded-stream.js';
import { OpenStreams } from '../../../src/ledger/streams/open-streams.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';

const ACCOUNT = 'acct_1';

let ledger: Ledger;
let other: Ledger;
beforeEach(async () => {
  ledger = await openLedger();
  other = await openLedger({ dir: ledger.dir, clock: ledger.clock });
  for (const { news } of [ledger, other]) await news.onModuleInit();
  await ledger.streams.decide('account', ACCOUNT, {
    type: 'OpenAccount',
    unattributedCustomer: 'cust_1',
    firstKey: { keyId: 'key_1', digest: 'ab', lastFour: 'wxyz' },
    cause: { account: ACCOUNT, actor: 'system', id: 'key_1' },
  });
});
afterEach(async () => {
  await ledger.close();
  await other.close();
});

const cause = (id: string) => ({ account: ACCOUNT, actor: 'operator', id }) as const;
const grant = (at: Ledger, id: string) =>
  at.streams.decide('account', ACCOUNT, { type: 'GrantCredit', amountNanoUsd: '1', note: null, cause: cause(id) });
/** The same event in every process, said with figures of its own. */
const note = (at: Ledger, grants: number) =>
  at.streams.decide('account', ACCOUNT, {
    type: 'NoteCreditThreshold',
    grants,
    crossing: { threshold: 'low', by: 'spent', remainingNanoUsd: at === ledger ? '1' : '2', lastGrantNanoUsd: '10' },
    cause: { account: ACCOUNT, actor: 'system', id: ACCOUNT },
  });

describe('streams', () => {
  it('show what was decided at once where it was decided, and soon in another process', async () => {
    expect(await other.streams.state('account', ACCOUNT)).toMatchObject({ tier: 'developer' });
    expect(
      await ledger.streams.decide('account', ACCOUNT, { type: 'ChangeTier', tier: 'pro', cause: cause('req_1') }),
    ).toBe(true);
    expect(ledger.streams.state('account', ACCOUNT)).toMatchObject({ tier: 'pro' });
    expect(await other.news.reached(await other.store.head(), 20_000)).toBe(true);
    expect(await other.streams.state('account', ACCOUNT)).toMatchObject({ tier: 'pro' });
    expect(other.streams.state('account', ACCOUNT)).toMatchObject({ tier: 'pro' });
  });

  it('go out together when many decide at once, and lose nothing between two processes', async () => {
    let appends = 0;
    const append = ledger.store.append.bind(ledger.store);
    ledger.store.append = (...asked) => {
      appends++;
      return append(...asked);
    };
    await Promise.all(Array.from({ length: 40 }, (_, n) => grant(ledger, `req_${n}`)));
    expect(appends).toBeLessThan(10);
    await Promise.all(Array.from({ length: 40 }, (_, n) => grant(n % 2 ? ledger : other, `req_other_${n}`)));
    expect((await ledger.streams.latest('account', ACCOUNT)).credit.grants).toBe(81);
  });

  it('stay one chain when two processes write the same event, and others behind it', async () => {
    await Promise.all([ledger, other].map((at) => at.streams.latest('account', ACCOUNT)));
    expect(await Promise.all([note(ledger, 1), note(other, 1)])).toContain(true);
    await grant(other, 'req_1');
    await grant(ledger, 'req_2');
    await Promise.all([note(other, 3), note(ledger, 3)]);
    await grant(ledger, 'req_3');
    await grant(other, 'req_4');
    const events = await ledger.entries();
    expect(events.map(({ event }) => event.type)).toEqual([
      'AccountOpened',
      'CreditGranted',
      'ServerKeyIssued',
      'CreditThresholdCrossed',
      'CreditGranted',
      'CreditGranted',
      'CreditThresholdCrossed',
      'CreditGranted',
      'CreditGranted',
    ]);
    let chain = '';
    for (const { stored } of events) {
      expect(stored.metadata['chain']).toBe(chainOf(chain, stored));
      chain = stored.metadata['chain']!;
    }
  });

  it('begin a customer with what the views have folded, and read on from there', async () => {
    const { customer: ada } = await ledger.customers.create({
      account: ACCOUNT,
      externalId: 'ada',
      name: 'Ada',
      actor: 'system',
    });
    const state = (await ledger.streams.state('customer', ada))!;
    const { head } = await readStream(ledger.book, `customer-${ada}`, customerDecider, undefined);
    const third = await openLedger({
      dir: ledger.dir,
      clock: ledger.clock,
      customerSnapshots: { find: () => Promise.resolve({ state: { ...state, name: 'as the views have it' }, head }) },
    });
    expect(await third.streams.state('customer', ada)).toMatchObject({ name: 'as the views have it' });
    await third.close();
  });
});

describe('open streams', () => {
  const openCustomers = (most: number) => {
    const read: string[] = [];
    const store = ledger.store.readStream.bind(ledger.store);
    ledger.store.readStream = (stream, from) => {
      read.push(stream);
      return store(stream, from);
    };
    const settings = { journal: ledger.book, clock: ledger.clock, most };
    return { read, customers: new OpenStreams('customer', { decider: customerDecider }, settings) };
  };

  it('are forgotten for those who were asked for longest ago', async () => {
    const { customers, read } = openCustomers(3);
    for (const id of ['a', 'b', 'c', 'd']) await customers.actorOf(id).state();
    expect(read).toHaveLength(4);
    await customers.actorOf('d').state();
    expect(read).toHaveLength(4);
    expect(customers.actorOf('a').state()).toBeInstanceOf(Promise);
    await customers.actorOf('a').state();
    expect(read.at(-1)).toBe('customer-a');
  });

  it('leave memory earlier where states are large', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`name-${n}`, 'x'.repeat(500)]));
    const create = (externalId: string) =>
      ledger.customers.create({ account: ACCOUNT, externalId, metadata, actor: 'system' });
    const [ada, bob] = (await Promise.all(['ada', 'bob'].map(create))).map((made) => made.customer) as [string, string];
    const { customers, read } = openCustomers(10);
    for (const id of [ada, bob]) await customers.actorOf(id).state();
    expect(customers.actorOf(bob).state()).not.toBeInstanceOf(Promise);
    await customers.actorOf(ada).state();
    expect(read).toEqual([ada, bob, ada].map((id) => `customer-${id}`));
  });
});
