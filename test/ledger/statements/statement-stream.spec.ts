import { evolveStatement, type StatementEvent, type StatementState } from '../../../src/domain/statement/statement.js';
import type { StoredEvent, StreamName } from '../../../src/ledger/journal/event-store.js';
import { readStatement } from '../../../src/ledger/statements/statement-stream.js';
import { headAt } from '../../../src/ledger/journal/journal.js';
import type { StatementSnapshot, StatementSnapshots } from '../../../src/ledger/statements/statement-snapshots.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { recordUsage } from '../../support/measured.js';

const CUSTOMER = 'cust_1';
const MONTH = '202611';

let ledger: Ledger;
let reads: number[];
beforeEach(async () => {
  reads = [];
  ledger = await openLedger();
  for (let n = 1; n <= 4; n++) await book(ledger);
});
afterEach(() => ledger.close());

let booked = 0;
const book = ({ statements }: Ledger) => statements.decide(recordUsage({ request: `req_${++booked}` }));

/** The statement folded to some revision, as the views keep it. */
async function snapshotAt(revision: number): Promise<StatementSnapshot> {
  let state: StatementState | undefined;
  let last: StoredEvent | undefined;
  for (const { event, stored } of await ledger.entries()) {
    if (stored.revision > revision) break;
    state = evolveStatement(state, event as StatementEvent);
    last = stored;
  }
  return { state: state!, head: headAt(last!) };
}

const keeping = (snapshot: StatementSnapshot | undefined): StatementSnapshots => ({
  find: () => Promise.resolve(snapshot),
});

/** Reads the statement and notes the revisions that were read. */
function read(snapshot: StatementSnapshot | undefined) {
  const watched = Object.assign(Object.create(ledger.book) as typeof ledger.book, {
    async *read(stream: StreamName, fromRevision?: number) {
      for await (const entry of ledger.book.read(stream, fromRevision)) {
        reads.push(entry.stored.revision);
        yield entry;
      }
    },
  });
  return readStatement(watched, keeping(snapshot), CUSTOMER, MONTH);
}

describe('reading a statement', () => {
  it('reads on from the event its snapshot ends at', async () => {
    const whole = await read(undefined);
    expect(whole).toMatchObject({ state: { totals: { requests: 4, costNanoUsd: '28' } }, head: { revision: 4 } });
    reads = [];
    expect(await read(await snapshotAt(3))).toEqual(whole);
    expect(reads).toEqual([3, 4]);
    expect(await read(await snapshotAt(4))).toEqual(whole);
  });

  it('does not believe a snapshot that the book does not bear out', async () => {
    const whole = await read(undefined);
    const { state, head } = await snapshotAt(4);
    for (const wrong of [
      { revision: 9, chain: head.chain },
      { revision: 4, chain: 'another' },
    ]) {
      expect(await read({ state: { ...state, totals: { ...state.totals, requests: 99 } }, head: wrong })).toEqual(
        whole,
      );
    }
  });

  it('goes on deciding when the views know more than the book, as after an older copy of the book was put back', async () => {
    const ahead = { ...(await snapshotAt(4)), head: { revision: 9, chain: 'from a time that is gone' } };
    const restarted = await openLedger({ dir: ledger.dir, snapshots: keeping(ahead) });
    await book(restarted);
    await restarted.close();
    expect(await read(undefined)).toMatchObject({ state: { totals: { requests: 5 } }, head: { revision: 5 } });
  });
});
