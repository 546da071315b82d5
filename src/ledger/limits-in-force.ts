import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RateLimitSettings } from '../domain/events/customer-created.js';
import { Book } from './book.js';
import { CustomerSnapshots } from './customer-snapshots.js';
import { readCustomer } from './customer-stream.js';
import { EventStore, type Position, type StoredEvent } from './event-store.js';
import { followBook } from './follow-book.js';

/** How many accounts and customers are remembered with their limits, so that their calls need no read. */
const SUBJECTS_IN_MEMORY = 200_000;

/** The limits of whoever has none. One object for all of them. */
export const NO_LIMITS: RateLimitSettings = { rateLimitRpm: null, rateLimitTpm: null };

/** An account's or customer's limits, and the position of the last event they follow from. */
interface Limits {
  readonly limits: RateLimitSettings;
  readonly position: Position;
}

/** What is remembered: the limits, or only that they changed at a position. */
type Known = Limits | { readonly limits: undefined; readonly position: Position };

/**
 * The rate limits of the accounts and customers that calls are made for. They are read from their streams when they are first
 * needed, then kept in memory; a change in the book, whichever process wrote it, has them read again at the next need.
 */
@Injectable()
export class LimitsInForce implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Limits');
  private readonly known = new LRUCache<string, Known>({ max: SUBJECTS_IN_MEMORY });
  private readonly underWay = new Map<string, Promise<RateLimitSettings>>();
  private readonly stopping = new AbortController();
  private following: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly book: Book,
    private readonly snapshots: CustomerSnapshots,
  ) {}

  async onModuleInit(): Promise<void> {
    this.following = this.follow(await this.store.head());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  /** An account's limits; at once when they are in memory. Errors: `ledger_unavailable`. */
  ofAccount(account: string): RateLimitSettings | Promise<RateLimitSettings> {
    return this.known.get(account)?.limits ?? this.once(account, () => this.readAccount(account));
  }

  /** A customer's limits; at once when they are in memory. Errors: `ledger_unavailable`. */
  ofCustomer(customer: string): RateLimitSettings | Promise<RateLimitSettings> {
    return this.known.get(customer)?.limits ?? this.once(customer, () => this.readCustomer(customer));
  }

  /** The limits of an account or customer may have changed at a position: what was known before no longer counts. */
  changed(subject: string, position: Position): void {
    const known = this.known.peek(subject);
    if (known ? known.position < position : this.underWay.has(subject)) this.known.set(subject, { limits: undefined, position });
  }

  /** Callers that ask at the same moment wait for one answer. */
  private once(subject: string, read: () => Promise<Limits>): Promise<RateLimitSettings> {
    let pending = this.underWay.get(subject);
    if (!pending) {
      pending = this.learn(subject, read).finally(() => this.underWay.delete(subject));
      this.underWay.set(subject, pending);
    }
    return pending;
  }

  /** Reads until what was read is at least as new as the last change heard of. */
  private async learn(subject: string, read: () => Promise<Limits>): Promise<RateLimitSettings> {
    for (;;) {
      const { limits, position } = await read();
      if (position < (this.known.peek(subject)?.position ?? 0)) continue;
      this.known.set(subject, { limits, position });
      return limits;
    }
  }

  private async readCustomer(customer: string): Promise<Limits> {
    const now = await readCustomer(this.book, this.snapshots, customer);
    return { limits: now ? limitsIn(now.state) : NO_LIMITS, position: now?.position ?? 0 };
  }

  private async readAccount(account: string): Promise<Limits> {
    let limits = NO_LIMITS;
    let position = 0;
    for await (const { event, stored } of this.book.read(`account-${account}`)) {
      if (event.type === 'AccountLimitsSet') limits = limitsIn(event.data);
      position = stored.position;
    }
    return { limits, position };
  }

  private follow(from: Position): Promise<void> {
    return followBook(this.store, from, this.stopping.signal, {
      hear: (events) => events.forEach((event) => this.hear(event)),
      interrupted: ({ message }, pauseMs) =>
        this.logger.warn(`changes of rate limits are not heard of: ${message}; asking again in ${pauseMs} ms`),
    });
  }

  private hear({ type, metadata, position }: StoredEvent): void {
    if (type === 'CustomerUpdated') this.changed(metadata['customer']!, position);
    else if (type === 'AccountLimitsSet') this.changed(metadata['account']!, position);
  }
}

function limitsIn({ rateLimitRpm, rateLimitTpm }: RateLimitSettings): RateLimitSettings {
  return rateLimitRpm === null && rateLimitTpm === null ? NO_LIMITS : { rateLimitRpm, rateLimitTpm };
}
