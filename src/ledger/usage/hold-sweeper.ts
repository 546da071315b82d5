import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../domain/clock.js';
import { IdSource } from '../../domain/ids.js';
import { ExpiringHolds, type OverdueHold } from '../statements/expiring-holds.js';
import { StatementRegistry } from '../statements/statement-registry.js';

/** How often overdue holds are looked for. Whoever needs the money of one before that releases it himself. */
const SWEEP_INTERVAL_MS = 10_000;

/** How many customers are swept at a time. */
const CUSTOMERS_PER_SWEEP = 200;

/**
 * Releases the holds of calls that nobody can be working on any more, because the process that did died. Every gateway
 * sweeps; two that find the same hold conflict, and one of them finds nothing left to do.
 */
@Injectable()
export class HoldSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Holds');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly overdue: ExpiringHolds,
    private readonly statements: StatementRegistry,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_INTERVAL_MS).unref();
    void this.sweep();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Releases everything that is overdue now. What cannot be written is left for the next sweep. */
  sweep(): Promise<void> {
    this.sweeping ??= this.sweepOnce()
      .catch((error: Error) => this.logger.warn(`overdue holds are left for later: ${error.message}`))
      .finally(() => (this.sweeping = undefined));
    return this.sweeping;
  }

  private async sweepOnce(): Promise<void> {
    for (;;) {
      const found = await this.overdue.overdueAt(this.clock.nowMs(), CUSTOMERS_PER_SWEEP);
      let released = 0;
      for (const one of found) released += await this.release(one);
      // The views follow the book: what was just released may still be named, and ends the round.
      if (found.length < CUSTOMERS_PER_SWEEP || released === 0) return;
    }
  }

  private async release({ account, customer }: OverdueHold): Promise<number> {
    const cause = { account, customer, actor: 'system' as const, id: this.ids.next('hold') };
    const { expired } = await this.statements.decide({ type: 'ExpireHolds', cause });
    return expired;
  }
}
