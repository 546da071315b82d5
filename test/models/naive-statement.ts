import type { UsageFlag, UsageRecordedData } from '../../src/domain/events/usage-recorded.js';

/** Money that was set aside for a call, and how that ended. */
export interface NaiveHold {
  readonly hold: string;
  readonly month: string;
  /** Null where there was no budget. */
  readonly cost: bigint | null;
  readonly wallet: bigint | null;
  readonly expiresAt: number;
  ending: 'settled' | 'released' | 'expired' | null;
}

/** What a call used, with where it was written and where it counts. */
export interface NaiveUsage {
  readonly month: string;
  readonly countsIn: string | null;
  readonly recorded: Pick<UsageRecordedData, 'outcome' | 'tokens' | 'costNanoUsd' | 'billableNanoUsd' | 'flags'>;
}

/** Of a usage event what totals are made of. */
export function countable({
  outcome,
  tokens,
  costNanoUsd,
  billableNanoUsd,
  flags,
}: NaiveUsage['recorded']): NaiveUsage['recorded'] {
  return { outcome, tokens, costNanoUsd, billableNanoUsd, flags };
}

/** What decides whether a call fits. */
export interface Funds {
  readonly cap: bigint | null;
  readonly spent: bigint;
  readonly balance: bigint | null;
  readonly holds: readonly NaiveHold[];
  readonly month: string;
}

/** The thresholds that have been said. */
export interface Said {
  warning: boolean;
  exceeded: boolean;
  low: boolean;
  empty: boolean;
}

const NOTHING_SAID = { warning: false, exceeded: false };

/** Sums of one kind of number over many things. */
export function sum<T>(items: readonly T[], amountOf: (item: T) => bigint): bigint {
  return items.reduce((total, item) => total + amountOf(item), 0n);
}

/** What of the money open holds set aside: all of the wallet's, and the budget's of one month. */
export function heldOf({ holds, month }: Funds): { budget: bigint; wallet: bigint } {
  const open = holds.filter(({ ending }) => ending === null);
  return {
    budget: sum(
      open.filter((hold) => hold.month === month),
      ({ cost }) => cost ?? 0n,
    ),
    wallet: sum(open, ({ wallet }) => wallet ?? 0n),
  };
}

/**
 * One customer's money, kept as plainly as can be: lists of everything that ever happened, summed up whenever somebody
 * asks. It shares no code with the statement it is compared with, and takes no decisions.
 */
export class NaiveStatement implements Funds {
  cap: bigint | null = null;
  balance: bigint | null = null;
  lastTopUp = 0n;
  readonly holds: NaiveHold[] = [];
  readonly usage: NaiveUsage[] = [];
  readonly refunds: { readonly requestId: string; readonly amount: bigint }[] = [];
  said: Said = { warning: false, exceeded: false, low: false, empty: false };

  /** The month whose budget calls count against: the statement's, or an earlier one since the clock was set back. */
  counting: string;
  /** What had been said of other months' budgets when calls ceased to count in them. */
  private readonly saidBefore = new Map<string, { warning: boolean; exceeded: boolean }>();

  /** @param statement the month of the statement that events are written in */
  constructor(public statement: string) {
    this.counting = statement;
  }

  get month(): string {
    return this.counting;
  }

  get open(): NaiveHold[] {
    return this.holds.filter(({ ending }) => ending === null);
  }

  get spent(): bigint {
    return this.spentIn(this.counting);
  }

  /** What the usage that counts in a month costs, wherever it was written. */
  spentIn(counting: string): bigint {
    const counted = this.usage.filter(({ month, countsIn }) => (countsIn ?? month) === counting);
    return sum(counted, ({ recorded }) => BigInt(recorded.costNanoUsd ?? '0'));
  }

  /** What has been said of a month's budget and is still true of it. */
  saidOf(month: string): { warning: boolean; exceeded: boolean } {
    if (month === this.counting) return { warning: this.said.warning, exceeded: this.said.exceeded };
    const said = this.saidBefore.get(month) ?? NOTHING_SAID;
    const reached = this.reachedAt(this.spentIn(month));
    return { warning: said.warning && reached.warning, exceeded: said.exceeded && reached.exceeded };
  }

  get held(): { budget: bigint; wallet: bigint } {
    return heldOf(this);
  }

  /** Usage written in this statement that counts in its month, or, as `carried`, in an earlier one. */
  counted(carried: boolean): NaiveUsage[] {
    return this.usage.filter(({ month, countsIn }) => month === this.statement && (countsIn !== null) === carried);
  }

  /** Sums over usage, field by field, under the names the book uses. */
  totals(carried: boolean) {
    const all = this.counted(carried).map(({ recorded }) => recorded);
    const count = (amountOf: (one: NaiveUsage['recorded']) => number) =>
      all.reduce((total, one) => total + amountOf(one), 0);
    const flagged = (flag: UsageFlag) => count(({ flags }) => (flags.includes(flag) ? 1 : 0));
    return {
      requests: all.length,
      failedRequests: count(({ outcome }) => (outcome === 'failed' ? 1 : 0)),
      inputTokens: count(({ tokens }) => tokens.input),
      cachedInputTokens: count(({ tokens }) => tokens.cachedInput),
      cacheWriteTokens: count(({ tokens }) => tokens.cacheWrite),
      outputTokens: count(({ tokens }) => tokens.output),
      reasoningTokens: count(({ tokens }) => tokens.reasoning),
      costNanoUsd: sum(all, ({ costNanoUsd }) => BigInt(costNanoUsd ?? '0')).toString(),
      billableNanoUsd: sum(all, ({ billableNanoUsd }) => BigInt(billableNanoUsd ?? '0')).toString(),
      unbilledRequests: count(({ outcome, billableNanoUsd }) =>
        billableNanoUsd === null && outcome !== 'failed' ? 1 : 0,
      ),
      unpricedRequests: flagged('unpriced'),
      estimatedRequests: flagged('estimated'),
    };
  }

  refunded(requestId: string): bigint {
    return sum(
      this.refunds.filter((refund) => refund.requestId === requestId),
      ({ amount }) => amount,
    );
  }

  /** How far what is spent and held is above the budget. */
  get excess(): bigint {
    if (this.cap === null) return 0n;
    const excess = this.spent + this.held.budget - this.cap;
    return excess > 0n ? excess : 0n;
  }

  /** How much of what is held the wallet does not have; a balance below zero lacks that too. */
  get lack(): bigint {
    if (this.balance === null) return 0n;
    const lack = this.held.wallet - this.balance;
    return lack > 0n ? lack : 0n;
  }

  /** The thresholds that are reached right now. */
  get reached(): Said {
    const { spent, balance } = this;
    return {
      ...this.reachedAt(spent),
      low: balance !== null && balance * 5n < this.lastTopUp,
      empty: balance !== null && balance <= 0n,
    };
  }

  private reachedAt(spent: bigint): { warning: boolean; exceeded: boolean } {
    const { cap } = this;
    if (cap === null || spent === 0n) return NOTHING_SAID;
    return { warning: spent * 5n >= cap * 4n, exceeded: spent >= cap };
  }

  /** A changed budget takes back what has been said about the old one, unless it is still true. */
  setCap(cap: bigint | null): void {
    this.cap = cap;
    const { warning, exceeded } = this.reached;
    this.said = { ...this.said, warning: this.said.warning && warning, exceeded: this.said.exceeded && exceeded };
  }

  /**
   * Money that came or went other than by a call; it takes back what has been said about the wallet, unless that is
   * still true.
   */
  credit(amount: bigint, kind: 'topup' | 'adjust' | 'refund', requestId: string | null): void {
    this.balance = (this.balance ?? 0n) + amount;
    if (kind === 'topup') this.lastTopUp = amount;
    if (requestId !== null) this.refunds.push({ requestId, amount });
    const { low, empty } = this.reached;
    this.said = { ...this.said, low: this.said.low && low, empty: this.said.empty && empty };
  }

  turn(month: string): void {
    this.count(month);
    this.statement = month;
  }

  /** Calls count in another month from now on. */
  count(month: string): void {
    this.saidBefore.set(this.counting, this.saidOf(this.counting));
    this.said = { ...this.said, ...this.saidOf(month) };
    this.counting = month;
  }
}
