import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, monthOf } from '../../domain/clock.js';
import { usageStep, type MeasuredUsage } from '../../domain/statement/end-hold.js';
import { RingsideError } from '../../domain/errors.js';
import type { UsageBacklog } from '../../domain/usage-backlog.js';
import { RecordedUsage } from './recorded-usage.js';
import { eventId } from '../journal/event-id.js';
import { EventStore } from '../journal/event-store.js';
import { Spool, type SpoolReservation } from './spool.js';
import { measuredUsage, spoolBytesOf, spooledUsage, type SpooledUsage } from './spooled-usage.js';
import { StatementRegistry } from '../statements/statement-registry.js';
import { StoreWatch } from './store-watch.js';

/** How often the book is tried again while something waits. */
const DRAIN_INTERVAL_MS = 1000;

/** How often this process looks whether another one died and left something. */
const TAKE_OVER_INTERVAL_MS = 60_000;

/** How long a new call waits for what is left to be booked; a store that is back takes far less. */
const PATIENCE_MS = 1000;

const OUT = 'the ledger does not answer right now';

/**
 * Usage whose booking failed because the book was out. It lies in the spool, durable, and is booked in the order it
 * came there as soon as the book is back, each call exactly once; until then no new call is taken, and none while it is
 * known that book or spool could not take it. What not even the spool took, because the whole disk is out, is held in
 * memory and tried again.
 */
@Injectable()
export class UsageSpool implements UsageBacklog, OnApplicationShutdown {
  private readonly logger = new Logger('Spool');
  private readonly booked = new Map<string, RecordedUsage>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly watch: StoreWatch;
  /** What nothing durable took yet, oldest first; at most what was under way when the disk went out. */
  private readonly undurable: SpooledUsage[] = [];
  private draining: Promise<void> | undefined;
  private patience: Promise<void> | undefined;
  private complaint: string | undefined;

  constructor(
    private readonly spool: Spool,
    private readonly statements: StatementRegistry,
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {
    this.watch = new StoreWatch(
      [
        { name: 'the ledger', check: () => store.check() },
        { name: 'the spool', check: () => spool.check() },
      ],
      (problem) =>
        problem ? this.logger.error(`no calls are taken: ${problem}`) : this.logger.log('calls are taken again'),
    );
  }

  get count(): number {
    return this.spool.size + this.undurable.length;
  }

  /**
   * Takes over what dead processes left, books it if the book can be written, and goes on trying if not. To be awaited
   * before calls come in.
   * @throws ConfigError when the spool cannot be written or read
   */
  async begin(): Promise<void> {
    await this.spool.open();
    await this.drain();
    await this.watch.look();
    this.watch.begin();
    this.timers.push(
      setInterval(() => void (this.count > 0 && this.drain()), DRAIN_INTERVAL_MS).unref(),
      setInterval(() => void this.takeOver(), TAKE_OVER_INTERVAL_MS).unref(),
    );
  }

  /** The last chance of this process; what cannot be booked now is left to the next one. */
  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.watch.end();
    await this.drain();
    for (const { requestId } of this.undurable) this.logger.error(`the usage of ${requestId} is lost: the disk is out`);
  }

  /**
   * Keeps usage until it can be booked; durable when it resolves.
   * @param sinceMonth the first UTC month (`yyyymm`) whose statement may have it, by an append whose answer was lost
   * @throws RingsideError `ledger_unavailable` when the disk does not take it; then it is held in memory until the disk
   * does
   */
  async keep(account: string, customer: string, measured: MeasuredUsage, sinceMonth: string): Promise<void> {
    const entry = spooledUsage(account, customer, measured, sinceMonth);
    try {
      await this.spool.put(entry);
    } catch (cause) {
      this.undurable.push(entry);
      this.logger.error(
        `the usage of ${measured.cause.requestId} is only in memory until the disk takes it: ${(cause as Error).message}`,
      );
      throw new RingsideError(
        'ledger_unavailable',
        'the call was made, but the ledger does not answer and its usage could not be kept',
        {
          cause,
        },
      );
    }
  }

  /**
   * Keeps room in the spool for the usage of one attempt; to be asked before anything is sent.
   * @throws RingsideError `ledger_unavailable` when there is none
   */
  reserve(refAsked: string, personal: MeasuredUsage['personal']): SpoolReservation | Promise<SpoolReservation> {
    try {
      const reservation = this.spool.reserve(spoolBytesOf(refAsked, personal));
      return reservation instanceof Promise ? reservation.catch(rethrowAsFull) : reservation;
    } catch (error) {
      return rethrowAsFull(error);
    }
  }

  /**
   * Nothing while calls can be taken; else tries to book what waits now.
   * @throws RingsideError `ledger_unavailable` when something is in the way
   */
  ready(): undefined | Promise<void> {
    return this.count === 0 && this.watch.problem === undefined ? undefined : this.catchUp();
  }

  /** Books what waits, as far as that is possible now; never rejects. */
  drain(): Promise<void> {
    this.draining ??= this.drainAll()
      .then(() => (this.complaint = undefined))
      .catch((error: Error) => this.complain(`the usage of ${this.count} calls waits for the ledger: ${error.message}`))
      .finally(() => (this.draining = undefined));
    return this.draining as Promise<void>;
  }

  /** Callers that come together wait together: a ledger that stays out must not hold all of them up. */
  private async catchUp(): Promise<void> {
    this.patience ??= Promise.race([this.recover(), wait(PATIENCE_MS, undefined, { ref: false })]).finally(
      () => (this.patience = undefined),
    );
    await this.patience;
    if (this.count > 0) throw new RingsideError('ledger_unavailable', `${OUT}, and earlier calls wait to be booked`);
    if (this.watch.problem !== undefined) throw new RingsideError('ledger_unavailable', OUT);
  }

  private async recover(): Promise<void> {
    if (this.count > 0) await this.drain();
    if (this.watch.problem !== undefined) await this.watch.look();
  }

  private async drainAll(): Promise<void> {
    let drained = 0;
    await this.putAgain();
    try {
      for (let entry = this.spool.first(); entry; entry = this.spool.first()) {
        await this.bookOnce(entry);
        drained++;
        await this.spool.removeFirst();
      }
      for (let entry = this.undurable[0]; entry; entry = this.undurable[0]) {
        await this.bookOnce(entry);
        drained++;
        this.undurable.shift();
      }
    } finally {
      this.booked.clear();
      if (drained > 0) this.logger.log(`the usage of ${drained} calls that had to wait is booked`);
    }
  }

  /** What is only in memory becomes durable as soon as the spool takes it, be the book back or not. */
  private async putAgain(): Promise<void> {
    for (let entry = this.undurable[0]; entry; entry = this.undurable[0]) {
      try {
        await this.spool.put(entry);
      } catch {
        return;
      }
      this.undurable.shift();
    }
  }

  /**
   * Books an entry unless the book has it, by an append whose answer was lost or by a drain that died. Such an append
   * may even come through while this looks, so it is recorded only on a statement that was searched up to there.
   */
  private async bookOnce(entry: SpooledUsage): Promise<void> {
    const { customer, sinceMonth } = entry;
    const measured = measuredUsage(entry);
    const booked = this.bookedOf(customer);
    const id = eventId(measured.cause.id, usageStep(measured.usage.attempt));
    let unread: string | undefined = monthOf(this.clock.nowMs());
    while (unread !== undefined) {
      const from: string = unread < sinceMonth ? unread : sinceMonth;
      if (await booked.has(id, from, unread)) return;
      const outcome = await this.statements.decide({
        type: 'RecordUsage',
        ...measured,
        searched: booked.searchedFrom(from),
      });
      unread = outcome.kind === 'unsearched' ? outcome.month : undefined;
    }
  }

  private bookedOf(customer: string): RecordedUsage {
    let booked = this.booked.get(customer);
    if (!booked) this.booked.set(customer, (booked = new RecordedUsage(this.store, customer)));
    return booked;
  }

  private async takeOver(): Promise<void> {
    try {
      await this.spool.open();
    } catch (error) {
      this.complain((error as Error).message);
    }
  }

  /** Says a thing once, not every second for as long as it lasts. */
  private complain(complaint: string): void {
    if (complaint !== this.complaint) this.logger.warn(complaint);
    this.complaint = complaint;
  }
}

function rethrowAsFull(cause: unknown): never {
  throw new RingsideError(
    'ledger_unavailable',
    'more calls are under way than the usage of can be kept if the ledger fails; try again',
    {
      cause,
    },
  );
}
