import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { UsageRecorder } from '../../../src/ledger/usage/usage-recorder.js';
import { UsageSpool } from '../../../src/ledger/usage/usage-spool.js';
import { MemorySpool } from '../../models/memory-keeping.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { measured } from '../../support/measured.js';
import { SettableClock } from '../../support/settable-clock.js';

/** A spool on a disk that may be out. */
class MoodySpool extends MemorySpool {
  isOut = false;
  problem: string | undefined;

  override async put(...args: Parameters<MemorySpool['put']>): Promise<void> {
    if (this.isOut) throw new Error('disk I/O error');
    await super.put(...args);
  }

  override check(): Promise<void> {
    return this.problem === undefined ? Promise.resolve() : Promise.reject(new Error(this.problem));
  }
}

let dir: string;
let ledger: Ledger;
let spool: MoodySpool;
let isLedgerOut: boolean;
let usageSpool: UsageSpool;
let usageRecorder: UsageRecorder;

beforeEach(async () => {
  Logger.overrideLogger(false);
  dir = await mkdtemp(join(tmpdir(), 'ringside-unbooked-'));
  isLedgerOut = false;
  const clock = new SettableClock();
  ledger = await openLedger({ dir, clock, wrap: (store) => goingOut(store) });
  spool = new MoodySpool();
  usageSpool = new UsageSpool(spool, ledger.statements, ledger.store, clock);
  usageRecorder = new UsageRecorder(ledger.statements, usageSpool, clock);
  await usageSpool.begin();
});

afterEach(async () => {
  await usageSpool.onApplicationShutdown();
  await ledger.close();
  await rm(dir, { recursive: true });
});
afterAll(() => Logger.overrideLogger(true));

function goingOut(store: EventStore): EventStore {
  const append = store.append.bind(store);
  store.append = (...args) =>
    isLedgerOut ? Promise.reject(new StoreUnavailable('the ledger', new Error('out'))) : append(...args);
  return store;
}

const record = (request: string) => usageRecorder.record('acct_1', 'cust_1', measured({ request, customer: 'cust_1' }));

async function booked(): Promise<string[]> {
  return (await ledger.entries()).flatMap(({ event }) => (event.type === 'UsageRecorded' ? [event.requestId!] : []));
}

it('S5 usage that neither book nor spool takes is told to be unavailable, held, and booked once, in order, when the book is back', async () => {
  isLedgerOut = true;
  spool.isOut = true;
  for (const request of ['req_a', 'req_b'])
    await expect(record(request)).rejects.toMatchObject({ code: 'ledger_unavailable' });
  expect(usageSpool.count).toBe(2);
  await expect(usageRecorder.ready()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  isLedgerOut = false;
  await usageRecorder.ready();
  expect([usageSpool.count, await booked()]).toEqual([0, ['req_a', 'req_b']]);
  expect(usageRecorder.ready()).toBeUndefined();
});

it('S5 what is only in memory goes to the spool as soon as that can be written, be the book back or not', async () => {
  isLedgerOut = true;
  spool.isOut = true;
  await expect(record('req_a')).rejects.toMatchObject({ code: 'ledger_unavailable' });
  spool.isOut = false;
  await usageSpool.drain();
  expect([usageSpool.count, spool.size, spool.first()?.requestId]).toEqual([1, 1, 'req_a']);
  isLedgerOut = false;
  await usageSpool.drain();
  expect([usageSpool.count, await booked()]).toEqual([0, ['req_a']]);
});

it.each(['the ledger', 'the spool'])(
  'S5 no call is taken while it is known that %s cannot be relied on, and calls are once it can',
  async (which) => {
    const { store } = ledger;
    const check = store.check.bind(store);
    const problem = `${which} is full`;
    if (which === 'the ledger') store.check = () => Promise.reject(new Error(problem));
    else spool.problem = problem;
    // The look that is made again and again.
    let answer: undefined | Promise<void>;
    while ((answer = usageRecorder.ready()) === undefined) await wait(20);
    await expect(answer).rejects.toMatchObject({ code: 'ledger_unavailable' });
    store.check = check;
    spool.problem = undefined;
    await usageRecorder.ready();
    expect(usageRecorder.ready()).toBeUndefined();
  },
);

it('S5 a call for which no room can be kept is refused before anything is sent', async () => {
  spool.reserve = () => Promise.reject(new Error('no space is left'));
  await expect((async () => usageRecorder.reserve('fc:openai/gpt-4o-mini', undefined))()).rejects.toMatchObject({
    code: 'ledger_unavailable',
  });
  spool.reserve = () => {
    throw new Error('the spool is not open');
  };
  await expect((async () => usageRecorder.reserve('fc:openai/gpt-4o-mini', undefined))()).rejects.toMatchObject({
    code: 'ledger_unavailable',
  });
});
