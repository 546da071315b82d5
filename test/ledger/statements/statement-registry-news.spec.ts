import { StoreUnavailable } from '../../../src/domain/store-unavailable.js';
import { Journal } from '../../../src/ledger/journal/journal.js';
import { EventStore, WrongExpectedRevision } from '../../../src/ledger/journal/event-store.js';
import { StatementRegistry } from '../../../src/ledger/statements/statement-registry.js';
import { statementStream } from '../../../src/ledger/statements/statement-stream.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { recordUsage } from '../../support/measured.js';
import { SettableClock } from '../../support/settable-clock.js';

const ACCOUNT = 'acct_1';

let ledger: Ledger;
let customer: string;
let other: StatementRegistry;
/** What happens between the next append and the loss of its answer. */
let meanwhile: (() => Promise<void>) | undefined;
/** What happens between the next append and its answer, which is not lost. */
let beforeAnswer: (() => Promise<void>) | undefined;
/** How often an append of this gateway found that somebody else was there first. */
let conflicts = 0;
const clock = new SettableClock();
const clockOfOther = new SettableClock();

beforeEach(async () => {
  conflicts = 0;
  clock.set('2026-11-30T23:59:00Z');
  clockOfOther.set(clock.nowMs());
  let store: EventStore;
  ledger = await openLedger({ clock, wrap: (sqlite) => losingAnswers((store = sqlite)) });
  other = new StatementRegistry(
    new Journal(store!, ledger.subjects),
    { find: () => Promise.resolve(undefined) },
    clockOfOther,
    ledger.news,
  );
  customer = await ledger.customers.ensure(ACCOUNT, 'someone', 'system', 'req_0');
});
afterEach(() => ledger.close());

function losingAnswers(store: EventStore): EventStore {
  const losing = Object.create(store) as EventStore;
  losing.append = async (...args) => {
    const appended = await store.append(...args).catch((error: unknown) => {
      if (error instanceof WrongExpectedRevision) conflicts++;
      throw error;
    });
    const happens = meanwhile;
    meanwhile = undefined;
    await happens?.();
    if (happens) throw new StoreUnavailable('the ledger', 'the answer is lost');
    await beforeAnswer?.();
    beforeAnswer = undefined;
    return appended;
  };
  return losing;
}

function book(request: string) {
  return ledger.statements.decide(recordUsage({ customer, request }));
}

/** Another gateway sets a budget; where that stands in the book. */
async function setElsewhere() {
  const cause = { account: ACCOUNT, customer, actor: 'system' as const, id: `budget of ${customer}` };
  await other.decide({ type: 'SetBudget', cause, capNanoUsd: '1' });
  const { month } = other.known(customer)!;
  const entries = await ledger.entries();
  const { stored } = entries.find(({ event }) => event.type === 'BudgetSet' && event.customer === customer)!;
  expect(stored.stream).toBe(statementStream(customer, month));
  return stored;
}

/** Another gateway sets a budget, and this one hears of it. */
async function budgetIsSet(): Promise<void> {
  const { stream, revision } = await setElsewhere();
  ledger.statements.onAppended(customer, stream, revision);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await undefined;
}

const capKnown = () => ledger.statements.known(customer)?.capNanoUsd;

it('what is heard of a customer is not known any more as it was', async () => {
  await book('req_1');
  expect(capKnown()).toBeNull();
  await budgetIsSet();
  expect(capKnown()).toBeUndefined();
  await book('req_2');
  expect(capKnown()).toBe('1');
});

it('what is heard while an append waits for its lost answer is not forgotten', async () => {
  await book('req_1');
  meanwhile = budgetIsSet;
  await book('req_2');
  expect(capKnown()).toBeUndefined();
});

it('what is heard is not forgotten, however shortly after an append it comes', async () => {
  for (let wait = 0; wait < 30; wait++) {
    customer = await ledger.customers.ensure(ACCOUNT, `someone ${wait}`, 'system', 'req_0');
    await book(`req_1 ${wait}`);
    beforeAnswer = async () => {
      const { stream, revision } = await setElsewhere();
      void turns(wait).then(() => ledger.statements.onAppended(customer, stream, revision));
    };
    await book(`req_2 ${wait}`);
    await turns(60);
    expect([wait, capKnown()]).toEqual([wait, undefined]);
  }
});

it('what is heard of the next month counts for a clock that is not there yet', async () => {
  await book('req_1');
  clockOfOther.set('2026-12-01T00:00:00Z');
  await budgetIsSet();
  expect(capKnown()).toBeUndefined();
  await book('req_2');
  expect(capKnown()).toBe('1');
});

it('what is heard late of a month that is over changes nothing', async () => {
  await budgetIsSet();
  clock.set('2026-12-01T00:00:00Z');
  await book('req_1');
  ledger.statements.onAppended(customer, statementStream(customer, '202611'), 1);
  expect(capKnown()).toBe('1');
});

it('what another process appends is followed, so that the next command does not conflict', async () => {
  await book('req_1');
  await other.decide(recordUsage({ customer, request: 'req_2' }));
  await book('req_3');
  // Nobody has told of it, so it was found out.
  expect(conflicts).toBe(1);

  await ledger.news.onModuleInit();
  await other.decide(recordUsage({ customer, request: 'req_4' }));
  await ledger.news.reached(await ledger.store.head(), 5000);
  expect(ledger.statements.known(customer)).toEqual(other.known(customer));
  await book('req_5');
  expect(conflicts).toBe(1);
  const usage = (await ledger.entries()).filter(({ event }) => event.type === 'UsageRecorded');
  expect(usage.map(({ event }) => event.requestId)).toEqual(['req_1', 'req_2', 'req_3', 'req_4', 'req_5']);
});
