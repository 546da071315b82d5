import { Injectable } from '@nestjs/common';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import { ChangeFeed } from '../journal/change-feed.js';
import { Journal } from '../journal/journal.js';
import { CustomerSnapshots } from './customer-snapshots.js';
import { readCustomer } from './customer-stream.js';
import type { Position } from '../journal/event-store.js';
import { StreamCache, type VersionedValue } from '../journal/stream-cache.js';

/** How many accounts, and how many customers, are remembered with their limits, so that their calls need no read. */
const SUBJECTS_IN_MEMORY = 200_000;

/** The limits of whoever has none. One object for all of them. */
export const NO_LIMITS: RateLimitSettings = { rateLimitRpm: null, rateLimitTpm: null };

/**
 * The rate limits of the accounts and customers that calls are made for. They are read from their streams when they are first
 * needed, then kept in memory; a change in the book, whichever process wrote it, has them read again at the next need.
 */
@Injectable()
export class RateLimitCache {
  private readonly accounts = new StreamCache((account) => this.readAccount(account), SUBJECTS_IN_MEMORY);
  private readonly customers = new StreamCache((customer) => this.readCustomer(customer), SUBJECTS_IN_MEMORY);

  constructor(
    private readonly journal: Journal,
    private readonly snapshots: CustomerSnapshots,
    changeFeed: ChangeFeed,
  ) {
    changeFeed.onAppended(['CustomerUpdated'], ({ metadata, position }) => this.invalidate(metadata['customer']!, position));
    changeFeed.onAppended(['AccountLimitsSet'], ({ metadata, position }) => this.invalidate(metadata['account']!, position));
  }

  /** An account's limits; at once when they are in memory. Errors: `ledger_unavailable`. */
  ofAccount(account: string): RateLimitSettings | Promise<RateLimitSettings> {
    return this.accounts.get(account);
  }

  /** A customer's limits; at once when they are in memory. Errors: `ledger_unavailable`. */
  ofCustomer(customer: string): RateLimitSettings | Promise<RateLimitSettings> {
    return this.customers.get(customer);
  }

  /** The limits of an account or customer may have changed at a position: what was known before no longer counts. */
  invalidate(subject: string, position: Position): void {
    this.accounts.invalidate(subject, position);
    this.customers.invalidate(subject, position);
  }

  private async readCustomer(customer: string): Promise<VersionedValue<RateLimitSettings>> {
    const now = await readCustomer(this.journal, this.snapshots, customer);
    return { value: now ? limitsIn(now.state) : NO_LIMITS, position: now?.position ?? 0 };
  }

  private async readAccount(account: string): Promise<VersionedValue<RateLimitSettings>> {
    let limits = NO_LIMITS;
    let position = 0;
    for await (const { event, stored } of this.journal.read(`account-${account}`)) {
      if (event.type === 'AccountLimitsSet') limits = limitsIn(event.data);
      position = stored.position;
    }
    return { value: limits, position };
  }
}

function limitsIn({ rateLimitRpm, rateLimitTpm }: RateLimitSettings): RateLimitSettings {
  return rateLimitRpm === null && rateLimitTpm === null ? NO_LIMITS : { rateLimitRpm, rateLimitTpm };
}
