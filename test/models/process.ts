import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';
import { Clock } from '../../src/domain/clock.js';
import { formatUsd, nanoUsd } from '../../src/domain/money.js';
import { ChangeFeed } from '../../src/ledger/journal/change-feed.js';
import { Journal } from '../../src/ledger/journal/journal.js';
import { Customers } from '../../src/ledger/customers/customers.js';
import { HoldSweeper } from '../../src/ledger/usage/hold-sweeper.js';
import { UsageRecorder } from '../../src/ledger/usage/usage-recorder.js';
import { StatementRegistry } from '../../src/ledger/statements/statement-registry.js';
import { Subjects } from '../../src/ledger/keys/subjects.js';
import { Streams } from '../../src/ledger/streams/streams.js';
import { UsageSpool } from '../../src/ledger/usage/usage-spool.js';
import { watchDecisions } from '../support/watched-decisions.js';
import type { DeskWorld } from './statements-model.js';
import { CountedIds, MemorySpool, MemorySubjects, overdueIn } from './memory-keeping.js';
import { ScheduledStore } from './scheduled-store.js';

const DATA_DIR = mkdtempSync(join(tmpdir(), 'ringside-models-'));

/** The settings of a gateway whose new customers have this budget, in nano-dollars. */
function settings(defaultCap?: bigint) {
  return loadConfig({
    RINGSIDE_DATA_DIR: DATA_DIR,
    RINGSIDE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD: defaultCap === undefined ? undefined : formatUsd(nanoUsd(defaultCap)),
  });
}

/** Nobody's personal data is read where money is decided. */
export const NO_SUBJECTS = new Subjects(settings(), new MemorySubjects(() => Promise.resolve()));

/** What each command was decided on. */
export const decisionsOn = watchDecisions();

const spares: Process[] = [];

/**
 * One gateway, as far as it writes statements. A registry sets memory aside for 50,000 statements, which takes longer
 * than a random run; so a gateway goes from world to world, and no two worlds have a customer in common.
 */
export class Process {
  world: DeskWorld | undefined;
  /** How far this gateway's clock is ahead of the world's, in milliseconds. */
  aheadMs = 0;
  readonly store = new ScheduledStore(() => this.here.wire);
  readonly statements: StatementRegistry;
  readonly usageRecorder: UsageRecorder;
  readonly usageSpool: UsageSpool;
  readonly sweeper: HoldSweeper;
  private readonly clock: Clock;

  private constructor() {
    this.clock = { nowMs: () => this.here.clock.nowMs() + this.aheadMs, elapsedMs: () => this.here.clock.elapsedMs() };
    const snapshots = {
      find: (stream: Parameters<DeskWorld['snapshot']>[0]) => Promise.resolve(this.here.snapshot(stream)),
    };
    this.statements = new StatementRegistry(
      new Journal(this.store, NO_SUBJECTS),
      snapshots,
      this.clock,
      new ChangeFeed(this.store),
    );
    this.usageSpool = new UsageSpool(new MemorySpool(), this.statements, this.store, this.clock);
    this.usageRecorder = new UsageRecorder(this.statements, this.usageSpool, this.clock);
    const overdue = overdueIn(() => this.here.memory);
    this.sweeper = new HoldSweeper(overdue, this.statements, new CountedIds(), this.clock);
  }

  static spare(): Process {
    return spares.pop() ?? new Process();
  }

  leave(): void {
    this.world = undefined;
    this.aheadMs = 0;
    spares.push(this);
  }

  /** Where this gateway makes customers: in an index that several share. */
  customers(index: MemorySubjects, defaultCap: bigint): Customers {
    const config = settings(defaultCap);
    const subjects = new Subjects(config, index);
    const snapshots = { find: () => Promise.resolve(undefined) };
    const journal = new Journal(this.store, subjects);
    const changeFeed = new ChangeFeed(this.store);
    const streams = new Streams(journal, snapshots, this.clock, changeFeed);
    const statements = new StatementRegistry(journal, snapshots, this.clock, changeFeed);
    return new Customers(config, streams, subjects, new CountedIds(), statements);
  }

  private get here(): DeskWorld {
    if (!this.world) throw new Error('this gateway is in no world');
    return this.world;
  }
}
