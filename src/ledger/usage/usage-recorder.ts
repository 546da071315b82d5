import { Injectable } from '@nestjs/common';
import type { CustomerCause } from '../../domain/events/command-cause.js';
import { Clock, monthOf } from '../../domain/clock.js';
import type { MeasuredUsage } from '../../domain/statement/end-hold.js';
import { RingsideError } from '../../domain/errors.js';
import type { UsageRecorded } from '../../domain/events/index.js';
import type { PlacedHold } from '../../domain/statement/hold.js';
import { ActiveHolds } from '../statements/active-holds.js';
import type { SpoolReservation } from './spool.js';
import { StatementRegistry } from '../statements/statement-registry.js';
import { UsageSpool } from './usage-spool.js';

/** Books what calls used, and with that ends their holds. */
@Injectable()
export class UsageRecorder {
  constructor(
    private readonly statements: StatementRegistry,
    private readonly usageSpool: UsageSpool,
    private readonly clock: Clock,
    private readonly underWay: ActiveHolds = new ActiveHolds(clock),
  ) {}

  /**
   * To be asked before anything is sent: nothing, or a promise while calls could not be booked. Errors:
   * `ledger_unavailable`.
   */
  ready(): undefined | Promise<void> {
    return this.usageSpool.ready();
  }

  /**
   * Keeps room for the usage of one attempt at a call, so that it can be recorded on a full disk. Whoever takes it
   * gives it back after `record` or `release`.
   * @throws RingsideError `ledger_unavailable`
   */
  reserve(refAsked: string, personal: MeasuredUsage['personal']): SpoolReservation | Promise<SpoolReservation> {
    return this.usageSpool.reserve(refAsked, personal);
  }

  /**
   * Records what a call used; durable when it resolves. While the book is out, or others wait to be booked before it,
   * that is in the spool: the call is accounted for and its caller may have the answer, but there is no event yet to be
   * told of.
   * @throws RingsideError `ledger_unavailable` when the spool cannot be written either
   */
  async record(account: string, customer: string, measured: MeasuredUsage): Promise<UsageRecorded | undefined> {
    const sinceMonth = measured.hold?.month ?? monthOf(this.clock.nowMs());
    if (this.usageSpool.count === 0) {
      try {
        const recorded = await this.statements.decideInTime({ type: 'RecordUsage', ...measured });
        if (recorded?.kind === 'recorded') {
          if (measured.hold) this.underWay.end(measured.hold.hold);
          return recorded.event;
        }
      } catch (error) {
        if (!(error instanceof RingsideError) || error.code !== 'ledger_unavailable') throw error;
      }
      // It may still be on its way to the store, where it is found. It is not decided any more.
    }
    await this.usageSpool.keep(account, customer, measured, sinceMonth);
    return undefined;
  }

  /** Frees what was held for a call that was never sent. */
  async release({ hold }: PlacedHold, cause: CustomerCause): Promise<void> {
    await this.statements.decide({ type: 'ReleaseHold', cause, hold });
    this.underWay.end(hold);
  }
}
