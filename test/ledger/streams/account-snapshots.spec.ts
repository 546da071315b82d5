import type { AccountEvent } from '../../../src/domain/account/account-state.js';
import type { AccountSnapshot } from '../../../src/ledger/streams/account-snapshots.js';
import { Streams } from '../../../src/ledger/streams/streams.js';
import type { Document } from '../../../src/views/document-store.js';
import { accountStates, type AccountStateDocument } from '../../../src/views/projections/account-states.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';

const ACCOUNT = 'acct_1';
const SETTINGS = 300;

let ledger: Ledger;
let snapshot: AccountSnapshot | undefined;
let keys: number;

beforeEach(async () => {
  ledger = await openLedger();
  [snapshot, keys] = [undefined, 0];
  const firstKey = { keyId: 'key_1', digest: 'ab', lastFour: 'wxyz' };
  const cause = { account: ACCOUNT, actor: 'system', id: 'key_1' } as const;
  await ledger.streams.decide('account', ACCOUNT, {
    type: 'OpenAccount',
    unattributedCustomer: 'cust_1',
    firstKey,
    cause,
  });
});
afterEach(() => ledger.close());

/** Sets a provider's key to a new one, as the command does: the one before is destroyed. */
async function setKey(provider: string, { destroys = true } = {}): Promise<void> {
  const number = ++keys;
  const subject = await ledger.subjects.enrol(ACCOUNT, null, `pkey_${number}`);
  const key = { provider, lastFour: 'aaaa', baseUrl: null, settings: {}, secretsLastFour: {} };
  const cause = { account: ACCOUNT, actor: 'system', id: `req_${number}` } as const;
  const secrets = { apiKey: `sk-${number}`, settings: {} };
  await ledger.streams.decide('account', ACCOUNT, { type: 'SetProviderKey', subject, key, secrets, cause });
  if (!destroys) return;
  const { retired } = (await ledger.streams.latest('account', ACCOUNT)).providerKeys;
  for (const one of retired) await ledger.subjects.destroy(one);
}

/** Folds the account as the views do. */
async function takeSnapshot(): Promise<void> {
  let folded: AccountStateDocument | undefined;
  for (const { event, stored } of await ledger.entries()) {
    const fields = accountStates.evolve(folded, { event: event as AccountEvent, stored }, ACCOUNT);
    folded = { ...fields, id: ACCOUNT, position: stored.position } as Document as AccountStateDocument;
  }
  snapshot = JSON.parse(JSON.stringify(folded)) as AccountSnapshot;
}

/** The streams of a process that has just started, and how many events it opens. */
function freshStreams(withSnapshot: boolean) {
  const opened = { events: 0 };
  const decode = ledger.book.decode.bind(ledger.book);
  ledger.book.decode = (stored) => {
    opened.events++;
    return decode(stored);
  };
  const accounts = { find: () => Promise.resolve(withSnapshot ? snapshot : undefined) };
  const customers = { find: () => Promise.resolve(undefined) };
  return { opened, streams: new Streams(ledger.book, customers, ledger.clock, ledger.news, accounts) };
}

describe('the snapshot of an account', () => {
  it('S13 gives the state that the stream gives, secrets included, however often something was set', async () => {
    for (let n = 0; n < SETTINGS; n++) await setKey(['openai', 'groq', 'mistral'][n % 3]!);
    await takeSnapshot();
    await setKey('openai');
    const { opened, streams } = freshStreams(true);
    const state = await streams.state('account', ACCOUNT);
    expect(opened.events).toBeLessThan(10);
    expect(state.providerKeys.inForce.map(({ shown, secrets }) => [shown.provider, secrets?.apiKey])).toEqual([
      ['groq', `sk-${SETTINGS - 1}`],
      ['mistral', `sk-${SETTINGS}`],
      ['openai', `sk-${SETTINGS + 1}`],
    ]);
    const { retired, inForce } = (await freshStreams(false).streams.state('account', ACCOUNT)).providerKeys;
    expect(state.providerKeys).toEqual({ inForce, retired });
    expect(
      await streams.decide('account', ACCOUNT, {
        type: 'ChangeTier',
        tier: 'pro',
        cause: { account: ACCOUNT, actor: 'operator', id: 'req_tier' },
      }),
    ).toBe(true);
  });

  it('names a key that was replaced and not destroyed, so that it is destroyed yet', async () => {
    await setKey('openai');
    await setKey('openai', { destroys: false });
    await takeSnapshot();
    expect(await freshStreams(true).streams.state('account', ACCOUNT)).toMatchObject({
      providerKeys: { inForce: [{ subject: 'pkey_2', secrets: { apiKey: 'sk-2' } }], retired: ['pkey_1'] },
    });
  });

  it('is not believed where the ledger says something else', async () => {
    await setKey('openai');
    await takeSnapshot();
    const expected = await freshStreams(false).streams.state('account', ACCOUNT);
    const wrongs: readonly AccountSnapshot[] = [
      { ...snapshot!, keysSetAt: {} },
      { ...snapshot!, keysSetAt: { pkey_1: 0 } },
      { ...snapshot!, head: { ...snapshot!.head, chain: 'another' } },
    ];
    for (const wrong of wrongs) {
      snapshot = wrong;
      expect(await freshStreams(true).streams.state('account', ACCOUNT)).toEqual(expected);
    }
  });
});
