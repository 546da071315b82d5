import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventStore, type StoredEvent } from './event-store.js';
import { followBook } from './follow-book.js';
import { StatementDesk } from './statement-desk.js';

/**
 * Tells the desk what other gateways write about budgets and wallets. Decisions do not need it, since an append conflicts with what it
 * does not know; but calls of customers who have neither are let through without an append, and must learn that this has changed.
 */
@Injectable()
export class StatementNews implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Statements');
  private readonly stopping = new AbortController();
  private following: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly desk: StatementDesk,
  ) {}

  async onModuleInit(): Promise<void> {
    this.following = followBook(this.store, await this.store.head(), this.stopping.signal, {
      hear: (events) => events.forEach((event) => this.hear(event)),
      interrupted: ({ message }, pauseMs) =>
        this.logger.warn(`changed budgets are not heard of: ${message}; asking again in ${pauseMs} ms`),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private hear({ type, stream, revision, metadata }: StoredEvent): void {
    if (type === 'BudgetSet' || type === 'WalletCredited') this.desk.heard(metadata['customer']!, stream, revision);
  }
}
