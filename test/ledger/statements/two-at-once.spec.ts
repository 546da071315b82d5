import { loadConfig } from '../../../src/config/load-config.js';
import { SystemIds } from '../../../src/config/system.js';
import { OpenFirstAccountHandler } from '../../../src/ledger/commands/open-first-account.js';
import type { Streams } from '../../../src/ledger/streams/streams.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';

let ledger: Ledger;
beforeEach(async () => {
  ledger = await openLedger();
});
afterEach(() => ledger.close());

describe('two makers at the same moment', () => {
  it('open one account, and only its key is shown', async () => {
    const { dir, store } = ledger;
    const open = (streams: Streams) =>
      new OpenFirstAccountHandler(loadConfig({ RINGSIDE_DATA_DIR: dir }), store, streams, new SystemIds()).execute();
    const shown = (await Promise.all([open(ledger.streams), open(ledger.anotherStreams())])).filter(
      (key) => key !== undefined,
    );
    expect(shown).toHaveLength(1);
    const issued = (await ledger.entries()).flatMap(({ event }) =>
      event.type === 'ServerKeyIssued' ? [event.data.lastFour] : [],
    );
    expect(issued).toEqual([shown[0]!.slice(-4)]);
  });

  it('create one customer, and only its maker is told so', async () => {
    const create = (requestId: string) =>
      ledger.customers.create({ account: 'acct_1', externalId: 'cus_42', name: requestId, actor: 'system', requestId });
    const made = await Promise.all(['req_1', 'req_2'].map(create));
    expect(new Set(made.map(({ customer }) => customer)).size).toBe(1);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    const book = (await ledger.entries()).map(({ event }) => event.type === 'CustomerCreated' && event.personal?.name);
    expect(book).toEqual([made[0]!.created ? 'req_1' : 'req_2']);
  });
});
