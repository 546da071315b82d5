import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Call } from '../../domain/call/call.js';
import { isLimited, type PlacedHold } from '../../domain/statement/hold.js';
import { RingsideError } from '../../domain/errors.js';
import { IdSource } from '../../domain/ids.js';
import { directRef } from '../../domain/call/model-ref.js';
import type { NanoUsd } from '../../domain/money.js';
import { highestPriceText } from '../../domain/pricing/highest-price.js';
import { asksForSize, type HoldOutcome, type PlaceHold } from '../../domain/statement/place-hold.js';
import type { Quote } from '../../domain/pricing/pricing.js';
import { RequestSizes } from '../../domain/call/request-size.js';
import type { Target } from '../../domain/call/target.js';
import { countingFor, TokenCount } from '../../domain/call/token-count.js';
import { causeOf } from '../../ledger/usage/call-cause.js';
import { ActiveHolds } from '../../ledger/statements/active-holds.js';
import { StatementRegistry } from '../../ledger/statements/statement-registry.js';
import { boundingPrice } from '../bounds/bounding-price.js';
import { boundOf, exactInputTokens, withInput, withOutputLimit, type CallBound } from '../bounds/call-bound.js';
import { longestCallMs } from '../bounds/longest-call.js';

/** A call that money is asked for. */
export interface Payable {
  readonly call: Call;
  readonly customer: string;
  readonly target: Target;
  readonly quote: Quote;
  readonly billable: NanoUsd | undefined;
  /** The output limit it goes out with already, if it asked for none; undefined where nothing else limits it. */
  readonly outputLimit: number | undefined;
}

/** Holds the customer's money for a call: as much as it can cost at most, durable before anything is sent. */
@Injectable()
export class Funds {
  private readonly longestCallMs: number;

  constructor(
    config: Config,
    private readonly statements: StatementRegistry,
    private readonly sizes: RequestSizes,
    private readonly tokens: TokenCount,
    private readonly ids: IdSource,
    private readonly underWay: ActiveHolds,
  ) {
    this.longestCallMs = longestCallMs(config.upstreamTimeouts);
  }

  /**
   * Places the hold of a call; undefined where nothing limits the customer, at once where that is known.
   * @throws RingsideError `customer_budget_exceeded`, `customer_wallet_empty`; `model_unpriced` for what has no upper
   * bound
   */
  hold(payable: Payable): undefined | Promise<PlacedHold | undefined> {
    const known = this.statements.known(payable.customer);
    return known && !isLimited(known) ? undefined : this.placeActive(payable);
  }

  private async placeActive(payable: Payable): Promise<PlacedHold | undefined> {
    const hold = this.ids.next('hold');
    this.underWay.begin(hold, this.longestCallMs);
    let placed: PlacedHold | undefined;
    try {
      placed = await this.place(payable, hold);
    } finally {
      if (!placed) this.underWay.end(hold);
    }
    return placed;
  }

  private async place(payable: Payable, hold: string): Promise<PlacedHold | undefined> {
    const { call, target } = payable;
    const command = this.commandOf(payable, hold);
    let bound = this.expectedBound(payable, command);
    let outcome = await this.statements.decide({ ...command, size: bound });
    if (outcome.kind === 'unsized') {
      bound = this.byteBound(payable);
      outcome = await this.statements.decide({ ...command, size: bound });
    }
    const worthCounting = outcome.kind === 'uncounted' || (outcome.kind === 'refused' && countable(target));
    if (!worthCounting || !bound) return placed(outcome);
    // Bytes are a bound that costs nothing; tokens are counted only where that bound stands in the way.
    const counted = withInput(bound, await exactInputTokens(call, target, this.sizes, countingFor(this.tokens, call)));
    return placed(await this.statements.decide({ ...command, size: counted, mayBeCounted: false }));
  }

  /** Without a size, which is work: it is asked for where the cost decides. */
  private commandOf({ call, customer, target, quote, billable }: Payable, hold: string): PlaceHold {
    const price = boundingPrice(call, quote);
    return {
      type: 'PlaceHold',
      cause: causeOf(call, customer),
      hold,
      refUsed: directRef(target.provider, target.model),
      price: price ? highestPriceText(price) : null,
      billableNanoUsd: billable?.toString() ?? null,
      longestCallMs: this.longestCallMs,
      // A refusal may still be avoided by counting the prompt, and so may a limit that providers would refuse.
      mayBeCounted: countable(target),
    };
  }

  /**
   * The bound, where what is known of the customer already says that it will be asked for. A call that has none is
   * refused for that only once the statement has really asked.
   */
  private expectedBound(payable: Payable, command: PlaceHold): CallBound | undefined {
    const known = this.statements.known(payable.customer);
    if (!known || !asksForSize(known, command)) return undefined;
    try {
      return this.byteBound(payable);
    } catch {
      return undefined;
    }
  }

  private byteBound({ call, target, outputLimit }: Payable): CallBound {
    return withOutputLimit(boundOf(call, target, this.sizes), outputLimit);
  }
}

function countable({ sizes }: Target): boolean {
  return sizes.encoding !== undefined;
}

function placed(outcome: HoldOutcome): PlacedHold | undefined {
  switch (outcome.kind) {
    case 'held':
      return outcome.hold;
    case 'unlimited':
      return undefined;
    case 'refused':
      throw new RingsideError(outcome.refusal.code, outcome.refusal.message);
    case 'unsized':
    case 'uncounted':
      throw new Error(`a hold with all that is known of its call is ${outcome.kind}`);
  }
}
