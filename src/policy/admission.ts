import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { derivedKey } from '../config/derived-key.js';
import type { Call } from '../domain/call/call.js';
import { andThen, type Awaitable } from '../domain/awaitable.js';
import { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import { highestCost } from '../domain/pricing/highest-price.js';
import { tighterBound, type PlacedHold, type TokenBound } from '../domain/statement/hold.js';
import type { NanoUsd } from '../domain/money.js';
import { PriceBook, type Quote } from '../domain/pricing/pricing.js';
import type { Target } from '../domain/call/target.js';
import { Customers } from '../ledger/customers/customers.js';
import { LruCache } from '../ledger/lru-cache.js';
import { UsageRecorder } from '../ledger/usage/usage-recorder.js';
import type { SpoolReservation } from '../ledger/usage/spool.js';
import { boundingPrice } from './bounds/bounding-price.js';
import { AccountCreditCheck, type CallCreditReservation } from './checks/account-credit.js';
import { checkAttribution, type Attribution } from './checks/attribution.js';
import { RateLimitCheck } from './checks/rate-limit.js';
import { Funds } from './checks/funds.js';
import { RateLimited, type RateLimitReservation } from './rate-limits/rate-limits.js';
import { Routes, type Route } from './checks/routes.js';

/** The answer to "may this call go?". */
export type Admitted =
  | { readonly kind: 'admitted'; readonly admission: Admission }
  | {
      readonly kind: 'refused';
      readonly error: unknown;
      /** Where the caller's rate limits stand, as headers. */
      readonly rateLimits: Readonly<Record<string, string>>;
    };

/** A call that may go: where to, and for which customer. */
export interface Admission {
  /** Where it may be sent, in the order that is tried. */
  readonly route: Route;
  readonly customer: string;
  readonly attribution: Attribution;
  /** A keyed hash that stands for the customer at providers that ask for a user; undefined without attribution. */
  readonly userHash: string | undefined;
  /** The same of the caller's `safety_identifier`, which may name somebody else than the customer. */
  readonly safetyHash: string | undefined;
  /** What it took from its rate limits, to be committed or released when it is over. */
  readonly rateLimits: RateLimitReservation;
}

/** The money for one attempt at a call: what it may come to at one model, and what is set aside for it. */
export interface Funding {
  readonly target: Target;
  /** The price the attempt is admitted at, whatever is published while it runs. */
  readonly quote: Quote;
  /** What is held for it, undefined where nothing limits the customer. */
  readonly hold: PlacedHold | undefined;
  /** What is set aside for it of the account's credit, to be committed or released when it is over. */
  readonly credit: CallCreditReservation;
  /** The most it can come to, if any money limits it: its output limit is to be sent, and binds. */
  readonly bound: TokenBound | undefined;
  /** The most it can cost within that bound. */
  readonly mostNanoUsd: NanoUsd | undefined;
  /** Where its usage can be kept whatever happens to the disk, to be released when it is recorded. */
  readonly spoolReservation: SpoolReservation;
}

const USER_HASHES_IN_MEMORY = 50_000;

/** Runs the checks of a call in order; the first one that refuses ends it, before anything is sent or written. */
@Injectable()
export class AdmissionController {
  private readonly userKey: KeyObject;
  private readonly userHashes = new LruCache<string>(USER_HASHES_IN_MEMORY);

  constructor(
    config: Config,
    private readonly routes: Routes,
    private readonly customers: Customers,
    private readonly rateLimits: RateLimitCheck,
    private readonly accountCredit: AccountCreditCheck,
    private readonly prices: PriceBook,
    private readonly funds: Funds,
    private readonly usageRecorder: UsageRecorder,
    private readonly clock: Clock,
  ) {
    this.userKey = createSecretKey(derivedKey(config.masterKey, 'upstream-user'));
  }

  /** Asks every check that needs no money. Never rejects: a refusal, or a failure, is in the answer. */
  async admit(call: Call): Promise<Admitted> {
    let rateLimits: Readonly<Record<string, string>> = {};
    try {
      const headers = this.rateLimits.headersOf(call.caller.account);
      rateLimits = headers instanceof Promise ? await headers : headers;
      const admission = this.admission(call);
      return { kind: 'admitted', admission: admission instanceof Promise ? await admission : admission };
    } catch (error) {
      return { kind: 'refused', error, rateLimits: error instanceof RateLimited ? error.headers : rateLimits };
    }
  }

  /** At once for a caller whose key, customer, limits and slots are in memory. */
  private admission(call: Call): Awaitable<Admission> {
    // Nothing is sent while the usage of earlier calls is not in the book: it would be decided on money that is spent
    // already.
    return andThen(this.usageRecorder.ready(), () =>
      andThen(this.routes.routeOf(call), (route) => {
        const attribution = checkAttribution(call.body, call.headers);
        return andThen(this.customerOf(call, attribution), (customer) =>
          andThen(this.rateLimits.reserve(call, customer), (rateLimits) =>
            this.admissionOf(call, route, customer, attribution, rateLimits),
          ),
        );
      }),
    );
  }

  private admissionOf(
    { body: { safety_identifier: identifier } }: Call,
    route: Route,
    customer: string,
    attribution: Attribution,
    rateLimits: RateLimitReservation,
  ): Admission {
    return {
      route,
      customer,
      attribution,
      userHash: attribution.customer && this.userHashOf(customer),
      safetyHash:
        typeof identifier === 'string' && identifier !== '' ? this.hashOf('safety_identifier ', identifier) : undefined,
      rateLimits,
    };
  }

  /**
   * Sets aside what one attempt at an admitted call needs, at a model of its route: the money, and room for its usage.
   * @throws RingsideError `customer_budget_exceeded`, `customer_wallet_empty`, `account_credit_exhausted`,
   * `model_unpriced`, `ledger_unavailable` when its usage could not be booked
   */
  async fund(
    call: Call,
    { customer, attribution }: Pick<Admission, 'customer' | 'attribution'>,
    target: Target,
  ): Promise<Funding> {
    // Asked for each attempt: the book may have gone out since the last one.
    const waiting = this.usageRecorder.ready();
    if (waiting) await waiting;
    const reserving = this.usageRecorder.reserve(String(call.body.model), attribution.personal);
    const reservation = reserving instanceof Promise ? await reserving : reserving;
    try {
      return await this.moneyFor(call, { customer, attribution, spoolReservation: reservation }, target);
    } catch (refusal) {
      reservation.release();
      throw refusal;
    }
  }

  private async moneyFor(
    call: Call,
    {
      customer,
      attribution,
      spoolReservation,
    }: Pick<Admission, 'customer' | 'attribution'> & Pick<Funding, 'spoolReservation'>,
    located: Target,
  ): Promise<Funding> {
    const target = this.withListedContext(located);
    const quote = this.prices.quote(target.provider, target.model, this.clock.nowMs());
    // The credit first: it is set aside in memory, so a refusal leaves nothing in the book, and the hold is made with
    // its limit.
    const reserving = this.accountCredit.reserve({ call, target, quote });
    const credit = reserving instanceof Promise ? await reserving : reserving;
    try {
      const { billable } = attribution;
      const holding = this.funds.hold({
        call,
        customer,
        target,
        quote,
        billable,
        outputLimit: credit.bound?.outputLimit,
      });
      const hold = holding && (await holding);
      const bound = tighterBound(hold?.bound, credit.bound);
      if (bound) credit.lowerTo(bound);
      const mostNanoUsd = bound && mostOf(call, quote, bound);
      return { target, quote, hold, credit, bound, mostNanoUsd, spoolReservation };
    } catch (refusal) {
      credit.release();
      throw refusal;
    }
  }

  /**
   * Where nothing else is known of how long a model's answers become, the price list says how much it can hold at all.
   */
  private withListedContext(target: Target): Target {
    const { provider, model, sizes } = target;
    if (sizes.maxOutputTokens !== undefined || sizes.likelyOutputTokens !== undefined) return target;
    const listedContextTokens = this.prices.contextOf(provider, model);
    return listedContextTokens === undefined ? target : { ...target, sizes: { ...sizes, listedContextTokens } };
  }

  private customerOf({ caller, requestId }: Call, { customer }: Attribution): string | Promise<string> {
    if (!customer) return this.customers.ensureUnattributed(caller.account, caller.unattributedCustomer);
    if (customer.kind === 'external')
      return this.customers.ensure(caller.account, customer.externalId, `key:${caller.keyId}`, requestId);
    return this.existing(caller.account, customer);
  }

  private async existing(
    account: string,
    { id, param }: { readonly id: string; readonly param: string },
  ): Promise<string> {
    if (await this.customers.belongsTo(account, id)) return id;
    throw new RingsideError('customer_not_found', `there is no customer ${id}`, { param });
  }

  private userHashOf(customer: string): string {
    let userHash = this.userHashes.get(customer);
    if (userHash === undefined) {
      userHash = this.hashOf('', customer);
      this.userHashes.set(customer, userHash);
    }
    return userHash;
  }

  private hashOf(kind: string, name: string): string {
    return createHmac('sha256', this.userKey).update(kind).update(name).digest('hex').slice(0, 32);
  }
}

function mostOf(call: Call, quote: Quote, { inputTokens, outputTokens }: TokenBound): NanoUsd | undefined {
  const price = boundingPrice(call, quote);
  return price && highestCost(price, inputTokens, outputTokens);
}
