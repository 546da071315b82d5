import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock, minuteOf } from '../../domain/clock.js';
import type { RateRule } from '../../domain/rate-limits/rate-rule.js';
import { LruCache } from '../lru-cache.js';
import { Streams } from '../streams/streams.js';

/** How many customers are remembered as noted, so that a storm of refusals asks the book once a minute. */
const CUSTOMERS_IN_MEMORY = 50_000;

/** A call that a rate limit refused. */
export interface RateLimitRefusal {
  readonly account: string;
  readonly customer: string;
  readonly requestId: string;
  readonly rule: RateRule;
}

/**
 * Writes into the book that rate limits refuse a customer's calls: once for each clock minute, also when several
 * processes refuse.
 */
@Injectable()
export class RateLimitEventWriter implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Limits');
  /** The last minute noted for a customer. */
  private readonly noted = new LruCache<number>(CUSTOMERS_IN_MEMORY);
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  /** Notes a refusal without holding it up: a fact that cannot be written is logged, and missing. */
  note(refusal: RateLimitRefusal): void {
    const refusedAt = this.clock.nowMs();
    const minute = minuteOf(refusedAt);
    if ((this.noted.get(refusal.customer) ?? -1) >= minute) return;
    this.noted.set(refusal.customer, minute);
    const writing: Promise<void> = this.write(refusal, refusedAt)
      .catch((error: Error) =>
        this.logger.warn(`request ${refusal.requestId}: the rate limit's refusal was not noted: ${error.message}`),
      )
      .finally(() => this.underWay.delete(writing));
    this.underWay.add(writing);
  }

  /** Resolves when everything noted so far is written, or given up. */
  async written(): Promise<void> {
    await Promise.all(this.underWay);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.written();
  }

  /**
   * Of two processes that note the same minute one writes, and the other finds it written. Nobody acted, so the gateway
   * itself is the actor; the request is the first that was refused.
   */
  private async write({ account, customer, requestId, rule }: RateLimitRefusal, refusedAt: number): Promise<void> {
    await this.streams.decide('customer', customer, {
      type: 'NoteRateLimit',
      refusal: { limit: rule.name, perMinute: rule.perMinute },
      refusedAt,
      cause: { account, customer, requestId, actor: 'system', id: customer },
    });
  }
}
