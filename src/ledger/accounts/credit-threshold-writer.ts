import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import {
  creditLeft,
  unsaidThresholds,
  type AccountCredit,
  type CreditThreshold,
} from '../../domain/account/account-credit.js';
import type { CreditThresholdCrossed } from '../../domain/events/index.js';
import { LruCache } from '../lru-cache.js';
import { Streams } from '../streams/streams.js';
import { CreditSnapshots } from './credit-snapshots.js';

/** How often it is looked whether a credit has crossed a threshold. */
const SWEEP_INTERVAL_MS = 5000;

/** How many accounts are looked at in one sweep; the others have their turn in the next. */
const ACCOUNTS_PER_SWEEP = 200;

/** How many accounts are remembered as noted, so that a storm of refusals asks the book once. */
const ACCOUNTS_IN_MEMORY = 50_000;

/** A crossing to be written: which threshold, how it came about, and the call that was refused, if one was. */
interface CreditCrossing {
  readonly threshold: CreditThreshold;
  readonly by: CreditThresholdCrossed['data']['by'];
  readonly requestId?: string;
}

/**
 * Writes into the book that an account's credit is low or used up: behind the calls, which it never holds up, and once
 * for each crossing, also when several processes notice it.
 */
@Injectable()
export class CreditThresholdWriter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Credit');
  /** The grant after which an account's first refusal was noted. */
  private readonly noted = new LruCache<number>(ACCOUNTS_IN_MEMORY);
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly snapshots: CreditSnapshots,
    private readonly streams: Streams,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_INTERVAL_MS).unref();
    void this.sweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
    await this.written();
  }

  /**
   * Notes that an account's credit did not cover a call, without holding that up: what cannot be written is logged, and
   * missing.
   */
  refused(account: string, requestId: string, credit: AccountCredit): void {
    if (credit.empty || credit.grants === 0 || this.noted.get(account) === credit.grants) return;
    this.noted.set(account, credit.grants);
    const writing: Promise<void> = this.write(account, credit, { threshold: 'empty', by: 'refused', requestId })
      .catch((error: Error) =>
        this.logger.warn(`request ${requestId}: that the credit is used up was not noted: ${error.message}`),
      )
      .finally(() => this.underWay.delete(writing));
    this.underWay.add(writing);
  }

  /** Resolves when every refusal noted so far is written, or given up. */
  async written(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /**
   * Writes every crossing that the views know of and the book does not. What cannot be written is left for the next
   * sweep.
   */
  sweep(): Promise<void> {
    this.sweeping ??= this.sweepOnce()
      .catch((error: Error) => this.logger.warn(`thresholds of credits are left for later: ${error.message}`))
      .finally(() => (this.sweeping = undefined));
    return this.sweeping;
  }

  private async sweepOnce(): Promise<void> {
    for (const { account, credit } of await this.snapshots.unsaid(ACCOUNTS_PER_SWEEP)) {
      for (const threshold of unsaidThresholds(credit)) await this.write(account, credit, { threshold, by: 'spent' });
    }
  }

  /** A threshold is crossed once after each grant at most, so its id holds no more: of two who notice, one writes. */
  private async write(
    account: string,
    credit: AccountCredit,
    { threshold, by, requestId }: CreditCrossing,
  ): Promise<void> {
    await this.streams.decide('account', account, {
      type: 'NoteCreditThreshold',
      grants: credit.grants,
      crossing: {
        threshold,
        by,
        remainingNanoUsd: creditLeft(credit).toString(),
        lastGrantNanoUsd: credit.lastGrantNanoUsd,
      },
      cause: { account, requestId, actor: 'system', id: account },
    });
  }
}
