import type { IdPrefix } from '../../src/domain/ids.js';
import { IdSource } from '../../src/domain/ids.js';
import type { ExpiringHolds, OverdueHold } from '../../src/ledger/statements/expiring-holds.js';
import { decode } from '../../src/ledger/journal/codec.js';
import { Spool } from '../../src/ledger/usage/spool.js';
import type { SpooledUsage } from '../../src/ledger/usage/spooled-usage.js';
import { SubjectStore, type Subject } from '../../src/ledger/keys/subject-store.js';
import type { MemoryBook } from '../support/memory-event-store.js';
import { ACCOUNT } from './calls.js';

let lastId = 0;

/** Ids in the order they were asked for, and no two alike in all worlds. */
export class CountedIds extends IdSource {
  override next(prefix: IdPrefix): string {
    return `${prefix}_${++lastId}`;
  }
}

/** A spool that lasts as long as the test. */
export class MemorySpool extends Spool {
  private readonly entries: SpooledUsage[] = [];

  override open(): Promise<void> {
    return Promise.resolve();
  }

  override get size(): number {
    return this.entries.length;
  }

  override first(): SpooledUsage | undefined {
    return this.entries[0];
  }

  override put(entry: SpooledUsage): Promise<void> {
    this.entries.push(entry);
    return Promise.resolve();
  }

  override removeFirst(): Promise<void> {
    this.entries.shift();
    return Promise.resolve();
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Subjects that several processes share. */
export class MemorySubjects extends SubjectStore {
  private readonly subjects: Subject[] = [];

  constructor(private readonly travel: () => Promise<void>) {
    super();
  }

  override async enrol(candidate: Subject): Promise<Subject> {
    await this.travel();
    const there = this.subjects.find(({ account, externalIdHash, customer }) =>
      externalIdHash === null
        ? customer === candidate.customer
        : account === candidate.account && externalIdHash === candidate.externalIdHash,
    );
    if (!there) this.subjects.push(candidate);
    await this.travel();
    return there ?? candidate;
  }

  override async byExternalId(account: string, externalIdHash: string): Promise<Subject | undefined> {
    await this.travel();
    return this.subjects.find((one) => one.account === account && one.externalIdHash === externalIdHash);
  }

  override async byCustomer(customer: string): Promise<Subject | undefined> {
    await this.travel();
    return this.subjects.find((one) => one.customer === customer);
  }

  override async destroy(customer: string): Promise<void> {
    await this.travel();
    const at = this.subjects.findIndex((one) => one.customer === customer);
    if (at >= 0) this.subjects.splice(at, 1);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Whose holds are overdue, folded from the whole book whenever somebody asks. */
export function overdueIn(book: () => MemoryBook): ExpiringHolds {
  return {
    overdueAt: (unixMs, limit) => {
      const { events } = book();
      const open = new Map<string, { customer: string; expiresAt: number }>();
      for (const stored of events) {
        const event = decode(stored, undefined);
        if (event.type === 'UsageHeld')
          open.set(event.data.hold, { customer: event.customer!, expiresAt: event.data.expiresAt });
        else if (event.type === 'HoldReleased') open.delete(event.data.hold);
        else if (event.type === 'UsageRecorded' && event.data.hold !== null) open.delete(event.data.hold);
      }
      const overdue = [...open.values()].filter(({ expiresAt }) => expiresAt <= unixMs).map(({ customer }) => customer);
      const found: OverdueHold[] = [...new Set(overdue)].map((customer) => ({ account: ACCOUNT, customer }));
      return Promise.resolve(found.slice(0, limit));
    },
  };
}
