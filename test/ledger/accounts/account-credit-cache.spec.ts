import { Logger } from '@nestjs/common';
import {
  evolveCredit,
  NO_CREDIT,
  unsaidThresholds,
  type CreditEvent,
} from '../../../src/domain/account/account-credit.js';
import type { CreditThresholdCrossed } from '../../../src/domain/events/index.js';
import { nanoUsd, type NanoUsd } from '../../../src/domain/money.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { EMPTY_STREAM } from '../../../src/ledger/journal/codec.js';
import { GrantCredit, GrantCreditHandler } from '../../../src/ledger/commands/grant-credit.js';
import { AccountCreditCache } from '../../../src/ledger/accounts/account-credit-cache.js';
import { CreditThresholdWriter } from '../../../src/ledger/accounts/credit-threshold-writer.js';
import type { CreditSnapshot, CreditSnapshots } from '../../../src/ledger/accounts/credit-snapshots.js';
import { eventId } from '../../../src/ledger/journal/event-id.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { recordUsage } from '../../support/measured.js';
import { SettableClock } from '../../support/settable-clock.js';

const ACCOUNT = 'acct_1';
const LONGEST_CALL_MS = 900_000;

/** Durations pass when a test says so. */
class HandClock extends SettableClock {
  elapsed = 0;
  override elapsedMs(): number {
    return this.elapsed;
  }
}

/** What views that are never behind would say of the account's credit. */
async function folded(ledger: Ledger): Promise<CreditSnapshot> {
  let credit = NO_CREDIT;
  let position = 0;
  for (const { event, stored } of await ledger.entries()) {
    if (!['CreditGranted', 'CreditThresholdCrossed', 'UsageRecorded'].includes(event.type)) continue;
    credit = evolveCredit(credit, event as CreditEvent);
    ({ position } = stored);
  }
  return { account: ACCOUNT, credit, position };
}

/** One process' ledger with what it knows of credits. */
class Process {
  readonly credit: AccountCreditCache;
  readonly thresholdWriter: CreditThresholdWriter;
  /** What the views say instead of what is true. */
  shown: () => Promise<CreditSnapshot | undefined>;

  private constructor(
    readonly ledger: Ledger,
    readonly clock: HandClock,
  ) {
    this.shown = () => folded(ledger);
    const snapshots: CreditSnapshots = {
      find: () => this.shown(),
      unsaid: async () =>
        [await this.shown()].filter(
          (shown) => shown !== undefined && unsaidThresholds(shown.credit).length > 0,
        ) as CreditSnapshot[],
    };
    const config = loadConfig({ RINGSIDE_DATA_DIR: ledger.dir, RINGSIDE_ACCOUNT_CREDIT: 'enforce' });
    this.credit = new AccountCreditCache(config, ledger.store, snapshots, clock, ledger.news);
    this.thresholdWriter = new CreditThresholdWriter(snapshots, ledger.streams);
  }

  static async start(dir?: string): Promise<Process> {
    const clock = new HandClock();
    const process = new Process(await openLedger({ clock, ...(dir !== undefined && { dir }) }), clock);
    await process.ledger.news.onModuleInit();
    return process;
  }

  async open(): Promise<void> {
    const envelope = { account: ACCOUNT, actor: 'system', occurredAt: 0 } as const;
    await this.ledger.book.append(`account-${ACCOUNT}`, EMPTY_STREAM, [
      { ...envelope, id: eventId(ACCOUNT, 'opened'), type: 'AccountOpened', data: { unattributedCustomer: 'cust_1' } },
    ]);
  }

  grant(amount: bigint, requestId: string): Promise<void> {
    return new GrantCreditHandler(this.ledger.streams).execute(
      new GrantCredit(ACCOUNT, nanoUsd(amount), null, requestId),
    );
  }

  async draw(requestId: string, amount: bigint): Promise<void> {
    await this.ledger.statements.decide(
      recordUsage({ request: requestId, usage: { creditNanoUsd: amount.toString() } }),
    );
  }

  reserve(requestId: string, amount: bigint) {
    return this.credit.reserve({ account: ACCOUNT, requestId, longestCallMs: LONGEST_CALL_MS }, (left) =>
      left >= amount ? nanoUsd(amount) : undefined,
    );
  }

  /** What is left, told by asking for more than there is. */
  async left(): Promise<NanoUsd> {
    let seen: NanoUsd | undefined;
    await this.credit.reserve({ account: ACCOUNT, requestId: 'req_asking', longestCallMs: LONGEST_CALL_MS }, (left) => {
      seen = left;
      return undefined;
    });
    return seen!;
  }

  async facts(): Promise<CreditThresholdCrossed['data'][]> {
    await this.thresholdWriter.written();
    return (await this.ledger.entries()).flatMap(({ event }) =>
      event.type === 'CreditThresholdCrossed' ? [event.data] : [],
    );
  }

  async stop(): Promise<void> {
    await this.thresholdWriter.beforeApplicationShutdown();
    await this.ledger.close();
  }
}

let mine: Process;
let theirs: Process;
beforeEach(async () => {
  // What is said about facts that cannot be written is expected here.
  Logger.overrideLogger(false);
  mine = await Process.start();
  theirs = await Process.start(mine.ledger.dir);
  await mine.open();
  await mine.grant(1000n, 'req_grant');
});
afterEach(async () => {
  await mine.stop();
  await theirs.stop();
});

describe('what is left of a credit', () => {
  it('is what was granted less what was drawn and what calls under way may draw', async () => {
    expect(await mine.left()).toBe(1000n);
    await mine.draw('req_1', 100n);
    const reserved = await mine.reserve('req_2', 300n);
    await mine.credit.catchUp();
    expect(await mine.left()).toBe(600n);
    expect(await mine.reserve('req_3', 601n)).toBeUndefined();
    expect(await mine.left()).toBe(600n);
    reserved!.lowerTo(nanoUsd(250n));
    reserved!.lowerTo(nanoUsd(299n));
    expect(await mine.left()).toBe(650n);
    reserved!.commit(nanoUsd(40n));
    expect(await mine.left()).toBe(860n);
    await mine.draw('req_2', 40n);
    await mine.credit.catchUp();
    expect(await mine.left()).toBe(860n);
    // Over is over.
    reserved!.commit(nanoUsd(500n));
    reserved!.lowerTo(nanoUsd(1n));
    reserved!.release();
    expect(await mine.left()).toBe(860n);
  });

  it('counts a record that is heard of before its call has settled only once', async () => {
    const reserved = await mine.reserve('req_1', 300n);
    await mine.draw('req_1', 120n);
    await mine.credit.catchUp();
    expect(await mine.left()).toBe(880n);
    reserved!.commit(nanoUsd(120n));
    expect(await mine.left()).toBe(880n);
  });

  it('has back what a call gave back, and what one left behind whose record was lost', async () => {
    const given = await mine.reserve('req_1', 300n);
    await mine.reserve('req_2', 200n);
    const settled = await mine.reserve('req_3', 100n);
    settled!.commit(nanoUsd(70n));
    given!.release();
    given!.release();
    expect(await mine.left()).toBe(730n);
    mine.clock.elapsed += LONGEST_CALL_MS - 1;
    expect(await mine.left()).toBe(730n);
    mine.clock.elapsed += 1;
    expect(await mine.left()).toBe(930n);
  });

  it('is decided and set aside in one step, however many ask at once and before anything is known', async () => {
    const reserved = await Promise.all(Array.from({ length: 64 }, (_, i) => mine.reserve(`req_${i}`, 300n)));
    expect(reserved.filter((one) => one !== undefined)).toHaveLength(3);
  });

  it("knows other processes' calls once they are in the book, before it refuses one", async () => {
    expect([await mine.left(), await theirs.left()]).toEqual([1000n, 1000n]);
    await theirs.reserve('req_1', 400n);
    expect(await mine.left()).toBe(1000n);
    await theirs.draw('req_1', 400n);
    await theirs.grant(5n, 'req_more');
    await Promise.all([mine, theirs].map(({ credit }) => credit.catchUp()));
    expect([await mine.left(), await theirs.left()]).toEqual([605n, 605n]);
  });

  it('is whole when the views show it as it was before what is heard while they are asked', async () => {
    const before = await folded(mine.ledger);
    mine.shown = async () => {
      await mine.draw('req_1', 100n);
      await mine.credit.catchUp();
      return before;
    };
    expect(await mine.left()).toBe(900n);
    theirs.shown = async () => {
      await theirs.draw('req_2', 100n);
      await theirs.credit.catchUp();
      return folded(theirs.ledger);
    };
    expect(await theirs.left()).toBe(800n);
  });

  it('is not guessed: views that stand still are ledger_unavailable, and are asked again', async () => {
    mine.shown = () => Promise.resolve(undefined);
    await expect(mine.reserve('req_1', 1n)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    mine.shown = () => folded(mine.ledger);
    expect(await mine.reserve('req_1', 1n)).toBeDefined();
  });
});

describe('thresholds of a credit', () => {
  it('R37 a crossing notifies once per customer and period (credit): by two processes that notice at once', async () => {
    await mine.draw('req_1', 801n);
    const sweep = () => Promise.all([mine, theirs].map(({ thresholdWriter }) => thresholdWriter.sweep()));
    await sweep();
    const low = { threshold: 'low', by: 'spent', remainingNanoUsd: '199', lastGrantNanoUsd: '1000' };
    expect(await mine.facts()).toEqual([low]);
    await mine.draw('req_2', 200n);
    await sweep();
    await sweep();
    const empty = { threshold: 'empty', by: 'spent', remainingNanoUsd: '-1', lastGrantNanoUsd: '1000' };
    expect(await mine.facts()).toEqual([low, empty]);
  });

  it('are not said on figures that a grant has overtaken', async () => {
    await mine.draw('req_1', 1000n);
    const before = await folded(mine.ledger);
    await mine.grant(1000n, 'req_more');
    mine.shown = () => Promise.resolve(before);
    await mine.thresholdWriter.sweep();
    mine.thresholdWriter.refused(ACCOUNT, 'req_2', before.credit);
    expect(await mine.facts()).toEqual([]);
  });

  it('of which the first refusal was said is not said again when it is used up', async () => {
    const { credit } = await folded(mine.ledger);
    for (let i = 0; i < 5; i++)
      for (const { thresholdWriter } of [mine, theirs]) thresholdWriter.refused(ACCOUNT, `req_${i}`, credit);
    await theirs.thresholdWriter.written();
    const refused = { threshold: 'empty', by: 'refused', remainingNanoUsd: '1000', lastGrantNanoUsd: '1000' };
    expect(await mine.facts()).toEqual([refused]);
    await mine.draw('req_9', 1000n);
    await mine.thresholdWriter.sweep();
    expect(await mine.facts()).toEqual([refused, expect.objectContaining({ threshold: 'low', by: 'spent' })]);
  });

  it('that cannot be written are left for later, and a refusal stays a refusal', async () => {
    await mine.draw('req_1', 801n);
    const failing = mine.shown;
    mine.shown = () => Promise.reject(new Error('the views are out'));
    await mine.thresholdWriter.sweep();
    expect(await mine.facts()).toEqual([]);
    mine.shown = failing;
    await mine.thresholdWriter.sweep();
    expect(await mine.facts()).toHaveLength(1);
  });
});

it('credit is granted to accounts that exist', async () => {
  const nobody = new GrantCreditHandler(mine.ledger.streams).execute(
    new GrantCredit('acct_2', nanoUsd(1n), null, 'req_1'),
  );
  await expect(nobody).rejects.toMatchObject({ code: 'not_found' });
});
