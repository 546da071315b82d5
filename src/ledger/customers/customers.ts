import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Metadata } from '../../domain/metadata.js';
import type { Actor } from '../../domain/events/envelope.js';
import { IdSource } from '../../domain/ids.js';
import type { NanoUsd } from '../../domain/money.js';
import { Subjects } from '../keys/subjects.js';
import { LruCache } from '../lru-cache.js';
import { Streams } from '../streams/streams.js';
import type { NewcomerTerms } from '../statements/statement-actor.js';
import { StatementRegistry } from '../statements/statement-registry.js';

/** How many customers are remembered as existing, so that their calls need no read. */
const CUSTOMERS_IN_MEMORY = 200_000;

/**
 * What makes a customer: whose it is, who it stands for (null for the account's unattributed calls) and who asked for
 * it.
 */
export interface NewCustomer {
  readonly account: string;
  readonly externalId: string | null;
  readonly name?: string | null;
  readonly metadata?: Metadata;
  /** The monthly budget it begins with; undefined means the default of the settings, null none. */
  readonly capNanoUsd?: NanoUsd | null | undefined;
  readonly rateLimitRpm?: number | null | undefined;
  readonly rateLimitTpm?: number | null | undefined;
  readonly actor: Actor;
  readonly requestId?: string;
}

/** The accounts' end customers: finds or makes the one an external id stands for, exactly one under any concurrency. */
@Injectable()
export class Customers {
  /**
   * Which customer a name stands for; the account's unattributed calls go by the empty name, which no external id has.
   */
  private readonly known = new LruCache<string>(CUSTOMERS_IN_MEMORY);
  /** Whose a customer is. */
  private readonly owners = new LruCache<string>(CUSTOMERS_IN_MEMORY);
  private readonly underWay = new Map<string, Promise<string>>();

  constructor(
    private readonly config: Config,
    private readonly streams: Streams,
    private readonly subjects: Subjects,
    private readonly ids: IdSource,
    private readonly statements: StatementRegistry,
  ) {}

  /** The customer an external id stands for, made now if nobody has it. At once when it is known here. */
  ensure(account: string, externalId: string, actor: Actor, requestId: string): string | Promise<string> {
    const name = `${account}\n${externalId}`;
    return (
      this.known.get(name) ??
      this.once(name, () => this.create({ account, externalId, actor, requestId }).then(({ customer }) => customer))
    );
  }

  /** The customer an external id stands for, if there is one; makes nobody. At once when it is known here. */
  find(account: string, externalId: string): string | undefined | Promise<string | undefined> {
    return this.known.get(`${account}\n${externalId}`) ?? this.subjects.find(account, externalId);
  }

  /** The account's pseudo-customer for calls without attribution, made when it is first needed. */
  ensureUnattributed(account: string, customer: string): string | Promise<string> {
    const name = `${account}\n`;
    return (
      this.known.get(name) ??
      this.once(name, () => this.create({ account, externalId: null, actor: 'system' }, customer).then(() => customer))
    );
  }

  /** Whether this customer exists and belongs to the account. */
  async belongsTo(account: string, customer: string): Promise<boolean> {
    if (this.owners.get(customer) === account) return true;
    const owned = (await this.subjects.accountOf(customer)) === account;
    if (owned) this.owners.set(customer, account);
    return owned;
  }

  /**
   * Makes the customer unless its external id is taken. The index decides first, under a unique key; whoever finds an
   * entry whose customer has no events yet (its maker died in between) writes them. Each maker's event has its own id,
   * so that of several at once all but one conflict.
   * @returns the customer that has the external id now, and whether this call made it
   */
  async create(
    wanted: NewCustomer,
    proposedId = this.ids.next('cust'),
  ): Promise<{ customer: string; created: boolean }> {
    const customer = await this.subjects.enrol(wanted.account, wanted.externalId, proposedId);
    const { account, externalId, actor, requestId } = wanted;
    const isNew = customer === proposedId && externalId !== null;
    const begin = isNew ? this.statements.expectNewcomer(account, customer) : undefined;
    const created = await this.streams.decide(
      'customer',
      customer,
      {
        type: 'CreateCustomer',
        data: {
          unattributed: externalId === null,
          capNanoUsd: this.firstCap(wanted)?.toString() ?? null,
          rateLimitRpm: wanted.rateLimitRpm ?? null,
          rateLimitTpm: wanted.rateLimitTpm ?? null,
        },
        personal:
          externalId === null ? undefined : { externalId, name: wanted.name ?? null, metadata: wanted.metadata ?? {} },
        cause: { account, customer, requestId, actor, id: requestId ?? customer },
      },
      { isNew },
    );
    if (created && begin) this.begin(customer, begin);
    return { customer, created };
  }

  /** Nothing where what was just written is not known here: the statement is looked for then. */
  private begin(customer: string, begin: (terms: NewcomerTerms) => void): void {
    const state = this.streams.state('customer', customer);
    if (!state || state instanceof Promise) return;
    begin({ createdAtMs: state.createdAt, capNanoUsd: state.firstCapNanoUsd });
  }

  /** Calls without attribution are the developer's own, and have no budget. */
  private firstCap({ externalId, capNanoUsd }: NewCustomer): NanoUsd | null {
    if (externalId === null) return null;
    return capNanoUsd === undefined ? this.config.defaultCustomerBudget : capNanoUsd;
  }

  /** Callers that ask at the same moment wait for one answer. */
  private once(name: string, make: () => Promise<string>): Promise<string> {
    let pending = this.underWay.get(name);
    if (!pending) {
      pending = make()
        .then((customer) => {
          this.known.set(name, customer);
          return customer;
        })
        .finally(() => this.underWay.delete(name));
      this.underWay.set(name, pending);
    }
    return pending;
  }
}
