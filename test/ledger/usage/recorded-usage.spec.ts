import type { NewEvent, StreamName } from '../../../src/ledger/journal/event-store.js';
import { RecordedUsage } from '../../../src/ledger/usage/recorded-usage.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

let store: MemoryEventStore;
let usage: RecordedUsage;
beforeEach(() => {
  store = new MemoryEventStore();
  usage = new RecordedUsage(store, 'cust_1');
});

/** Appends events of these types to the statement of a month; their ids are numbered. */
async function write(month: string, ...types: string[]): Promise<void> {
  const stream: StreamName = `statement-cust_1-${month}`;
  const there = store.book.streams.get(stream)?.length ?? 0;
  const events = types.map((type, no): NewEvent => ({ id: `${month}-${there + no}`, type, data: '{}', metadata: {} }));
  await store.append(stream, there === 0 ? 'no_stream' : there - 1, events);
}

const OVER = ['StatementOpened', 'UsageRecorded', 'StatementClosed'];

describe('the search for usage', () => {
  it('finds what is recorded in one of the months, and knows how far it went', async () => {
    await write('202611', ...OVER);
    await write('202612', 'StatementOpened', 'UsageRecorded');
    expect(await usage.has('202612-1', '202611', '202612')).toBe(true);
    expect(await usage.has('202612-2', '202611', '202612')).toBe(false);
    expect(usage.searchedFrom('202611')).toEqual({ 202611: 2, 202612: 1 });
    await write('202612', 'UsageRecorded');
    expect(usage.searchedFrom('202611')).toEqual({ 202611: 2, 202612: 1 });
    expect(await usage.has('202612-2', '202611', '202612')).toBe(true);
    expect(usage.searchedFrom('202611')).toEqual({ 202611: 2, 202612: 2 });
  });

  it('goes for nothing behind a month that is still open', async () => {
    await write('202611', 'StatementOpened', 'UsageRecorded');
    await write('202612', 'StatementOpened');
    await usage.has('none', '202611', '202612');
    expect(usage.searchedFrom('202611')).toEqual({ 202611: 1 });
    expect(usage.searchedFrom('202612')).toEqual({ 202612: 0 });
  });

  it('goes on behind months without a statement', async () => {
    await write('202701', ...OVER);
    await usage.has('none', '202611', '202702');
    expect(usage.searchedFrom('202611')).toEqual({ 202611: -1, 202612: -1, 202701: 2, 202702: -1 });
  });

  it('says nothing of months that nobody searched', async () => {
    await usage.has('none', '202612', '202612');
    expect(usage.searchedFrom('202611')).toEqual({});
  });
});
