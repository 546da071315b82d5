import { isDeepStrictEqual } from 'node:util';
import { monthOf } from '../../src/domain/clock.js';
import type { StatementEvent } from '../../src/domain/statement/statement.js';
import type {
  BudgetThresholdCrossed,
  UsageHeld,
  UsageRecorded,
  WalletThresholdCrossed,
} from '../../src/domain/events/index.js';
import { countable, NaiveStatement, type Said } from './naive-statement.js';

type Of<Type extends StatementEvent['type']> = Extract<StatementEvent, { type: Type }>;

function amountOf(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

function textOf(amount: bigint | null): string | null {
  return amount === null ? null : amount.toString();
}

/**
 * The month that what happens now counts in: the book says so, but for a customer whom nothing limits, where the
 * event's own time does as long as it is not ahead of the statement.
 */
function countsNow({ occurredAt }: StatementEvent, { cap, balance, counting, statement }: NaiveStatement): string {
  const isLimited = cap !== null || balance !== null;
  const month = monthOf(occurredAt);
  return isLimited || month > statement ? counting : month;
}

/** The month an event's time must lie in: the one that counts now, but for usage that counts in its statement's own. */
function monthFor(event: StatementEvent, book: NaiveStatement): string {
  if (event.type === 'MonthResumed') return event.data.month;
  return event.type === 'UsageRecorded' && event.data.countsIn === null ? book.statement : countsNow(event, book);
}

/** Thrown where an event breaks a law; names the event. */
function law(kept: boolean, event: StatementEvent, broken: string): void {
  if (!kept) throw new Error(`${broken}: ${event.type} ${JSON.stringify(event.data)}`);
}

/**
 * Watches the events of one customer's statements go by, in the order of the book, and throws at the first that breaks
 * an invariant of the book. It keeps its own account of the money, and believes no sum an event names.
 */
export class LedgerLaws {
  /** Undefined before the first statement is opened. */
  book: NaiveStatement | undefined;
  private readonly ids = new Set<string>();
  private closing: Of<'StatementClosed'> | undefined;
  /** What was reached without having been said when a month was resumed: the next change of money says it. */
  private unsaid: ReadonlySet<keyof Said> = new Set();

  watch(event: StatementEvent): void {
    law(!this.ids.has(event.id), event, `event ${event.id} stands twice`);
    this.ids.add(event.id);
    if (event.type !== 'BudgetThresholdCrossed' && event.type !== 'WalletThresholdCrossed')
      this.everythingReachedIsSaid();
    if (event.type === 'StatementOpened') return this.opened(event);
    const { book } = this;
    if (!book) throw new Error(`${event.type} before the first statement was opened`);
    law(this.closing === undefined, event, 'stands behind the close');
    if (event.type !== 'StatementClosed')
      law(monthOf(event.occurredAt) === monthFor(event, book), event, `stands in ${book.month}`);
    const before = { excess: book.excess, lack: book.lack };
    this.apply(book, event);
    this.overspentOnlyForAReason(book, before, event);
  }

  /** To be called where a decision is over: what is reached has been said. */
  everythingReachedIsSaid(): void {
    if (!this.book || this.closing) return;
    const { reached, said } = this.book;
    for (const threshold of Object.keys(said) as (keyof Said)[]) {
      if (reached[threshold] && !said[threshold] && !this.unsaid.has(threshold))
        throw new Error(`${threshold} is reached and was not said`);
    }
  }

  private apply(book: NaiveStatement, event: Exclude<StatementEvent, Of<'StatementOpened'>>): void {
    switch (event.type) {
      case 'BudgetSet':
        return book.setCap(amountOf(event.data.capNanoUsd));
      case 'WalletCredited':
        return this.credited(book, event);
      case 'UsageHeld':
        return this.held(book, event);
      case 'UsageRecorded':
        return this.recorded(book, event);
      case 'HoldReleased':
        return this.released(book, event);
      case 'BudgetThresholdCrossed':
      case 'WalletThresholdCrossed':
        return this.crossed(book, event);
      case 'MonthResumed':
        return this.resumed(book, event);
      case 'StatementClosed':
        return this.closed(book, event);
    }
  }

  private opened(event: Of<'StatementOpened'>): void {
    const { month, previousMonth, capNanoUsd, wallet, holds } = event.data;
    if (!this.book) {
      law(
        previousMonth === null && wallet === null && isDeepStrictEqual(holds, {}),
        event,
        'a first statement carries nothing',
      );
      this.book = new NaiveStatement(month);
      this.book.setCap(amountOf(capNanoUsd));
      return;
    }
    const { closing } = this;
    if (!closing) throw new Error(`${month} is opened before ${this.book.statement} is closed`);
    law(closing.data.nextMonth === month && previousMonth === closing.data.month, event, 'follows another month');
    law(this.carries(this.book, event), event, 'does not open with what the month before closed with');
    this.closing = undefined;
  }

  private closed(book: NaiveStatement, event: Of<'StatementClosed'>): void {
    const { month, totals, carriedTotals, nextMonth } = event.data;
    law(month === book.statement && nextMonth > month, event, `closes ${book.statement}`);
    this.unsaid = new Set();
    law(isDeepStrictEqual(totals, book.totals(false)), event, `usage sums up to ${JSON.stringify(book.totals(false))}`);
    law(
      isDeepStrictEqual(carriedTotals, book.totals(true)),
      event,
      `carried usage sums up to ${JSON.stringify(book.totals(true))}`,
    );
    law(this.carries(book, event), event, 'hands on other money than there is');
    this.closing = event;
    book.turn(nextMonth);
  }

  private resumed(book: NaiveStatement, event: Of<'MonthResumed'>): void {
    const { month, spentNanoUsd, crossed } = event.data;
    law(month !== book.counting && month <= book.statement, event, `resumes a month beside ${book.counting}`);
    law(BigInt(spentNanoUsd) === book.spentIn(month), event, `${book.spentIn(month)} is spent`);
    law(isDeepStrictEqual(crossed, book.saidOf(month)), event, 'says other thresholds than were said');
    book.count(month);
    const { reached, said } = book;
    this.unsaid = new Set(
      (Object.keys(said) as (keyof Said)[]).filter((threshold) => reached[threshold] && !said[threshold]),
    );
  }

  /** Whether budget, wallet and holds are those of our own account. */
  private carries(book: NaiveStatement, { data }: Of<'StatementClosed' | 'StatementOpened'>): boolean {
    const { low, empty } = book.said;
    const refunded: Record<string, string> = {};
    for (const { requestId } of book.refunds) refunded[requestId] = book.refunded(requestId).toString();
    const holds = book.open.map(({ hold, month, cost, wallet, expiresAt }) => {
      return [hold, { month, costNanoUsd: textOf(cost), walletNanoUsd: textOf(wallet), expiresAt }] as const;
    });
    return (
      data.capNanoUsd === textOf(book.cap) &&
      isDeepStrictEqual(
        data.wallet,
        book.balance === null
          ? null
          : {
              balanceNanoUsd: book.balance.toString(),
              heldNanoUsd: book.held.wallet.toString(),
              lastTopUpNanoUsd: book.lastTopUp.toString(),
              refunded,
              low,
              empty,
            },
      ) &&
      isDeepStrictEqual(data.holds, Object.fromEntries(holds))
    );
  }

  private credited(book: NaiveStatement, event: Of<'WalletCredited'>): void {
    const { kind, amountNanoUsd, balanceNanoUsd, refundedRequest } = event.data;
    const amount = BigInt(amountNanoUsd);
    law(book.balance !== null || kind === 'topup', event, 'there is no wallet');
    law(amount >= 0n || kind === 'adjust', event, 'takes money');
    law((refundedRequest !== null) === (kind === 'refund'), event, 'names a request');
    if (amount < 0n) law(book.balance! + amount >= book.held.wallet, event, 'takes what is held');
    book.credit(amount, kind, refundedRequest);
    law(BigInt(balanceNanoUsd) === book.balance, event, `the balance is ${book.balance}`);
  }

  private held(book: NaiveStatement, event: UsageHeld): void {
    const { hold, costNanoUsd, walletNanoUsd, expiresAt } = event.data;
    const [cost, wallet] = [amountOf(costNanoUsd), amountOf(walletNanoUsd)];
    law(book.cap !== null || book.balance !== null, event, 'nothing is limited');
    law(!book.holds.some((other) => other.hold === hold), event, 'is held twice');
    law((wallet === null) === (book.balance === null), event, 'sets aside of the wallet exactly where there is one');
    law((cost === null) === (book.cap === null), event, 'sets aside of the budget exactly where there is one');
    law((cost ?? 0n) >= 0n && (wallet ?? 0n) >= 0n && expiresAt > event.occurredAt, event, 'sets nothing aside');
    law(cost === null || book.spent + book.held.budget + cost <= book.cap!, event, 'was admitted above the budget');
    law(wallet === null || book.held.wallet + wallet <= book.balance!, event, 'was admitted above the wallet');
    book.holds.push({ hold, month: book.month, cost, wallet, expiresAt, ending: null });
  }

  private recorded(book: NaiveStatement, event: UsageRecorded): void {
    const { data } = event;
    const { hold: id, countsIn, flags, wallet: debit } = data;
    const hold = book.holds.find((one) => one.hold === id);
    const cost = BigInt(data.costNanoUsd ?? '0');
    law(id === null || hold !== undefined, event, 'settles a hold that was never placed');
    law(
      hold?.ending === null || hold?.ending === undefined || hold.ending === 'expired',
      event,
      'ends a hold a second time',
    );
    const isUnheld =
      cost > 0n && (hold ? hold.cost === null && book.cap !== null : book.cap !== null || book.balance !== null);
    const isLate = isUnheld || (hold !== undefined && hold.ending !== null);
    law(flags.includes('late') === isLate, event, `late should be ${isLate}`);
    const charge = BigInt(data.billableNanoUsd ?? data.costNanoUsd ?? '0');
    law(
      (debit !== null) === (hold !== undefined && hold.wallet !== null),
      event,
      'debits a wallet exactly where it was held',
    );
    const isOverrun =
      hold !== undefined && ((hold.cost !== null && cost > hold.cost) || (debit !== null && charge > hold.wallet!));
    law(flags.includes('overrun') === isOverrun, event, `overrun should be ${isOverrun}`);
    const month = hold?.month ?? countsNow(event, book);
    law(countsIn === (month === book.statement ? null : month), event, 'counts where its hold was not taken');
    if (hold?.ending === null) hold.ending = 'settled';
    book.usage.push({ month: book.statement, countsIn, recorded: countable(data) });
    if (debit === null) return;
    book.balance = book.balance! - charge;
    law(
      BigInt(debit.debitNanoUsd) === charge && BigInt(debit.balanceNanoUsd) === book.balance,
      event,
      `${book.balance} is left`,
    );
  }

  private released(book: NaiveStatement, event: Of<'HoldReleased'>): void {
    const hold = book.holds.find((one) => one.hold === event.data.hold);
    if (!hold) throw new Error(`${event.data.hold} is released and was never placed`);
    law(hold.ending === null, event, 'ends a hold a second time');
    if (event.data.reason === 'expired') law(hold.expiresAt <= event.occurredAt, event, 'its time is not over');
    hold.ending = event.data.reason;
  }

  private crossed(book: NaiveStatement, event: BudgetThresholdCrossed | WalletThresholdCrossed): void {
    const { reached, said } = book;
    const isBudget = event.type === 'BudgetThresholdCrossed';
    const threshold = isBudget ? (event.data.percent === 80 ? 'warning' : 'exceeded') : event.data.threshold;
    law(!said[threshold], event, 'is said a second time');
    if (event.data.by === 'spent') law(reached[threshold], event, 'is not reached');
    else law(threshold === 'exceeded' || threshold === 'empty', event, 'no refusal says that');
    if (isBudget) {
      const { capNanoUsd, spentNanoUsd, heldNanoUsd } = event.data;
      const amounts = [BigInt(capNanoUsd), BigInt(spentNanoUsd), BigInt(heldNanoUsd)];
      law(isDeepStrictEqual(amounts, [book.cap, book.spent, book.held.budget]), event, 'names other amounts');
    } else {
      const amounts = [BigInt(event.data.balanceNanoUsd), BigInt(event.data.lastTopUpNanoUsd)];
      law(isDeepStrictEqual(amounts, [book.balance, book.lastTopUp]), event, 'names other amounts');
    }
    said[threshold] = true;
  }

  /**
   * Settled and held stay within the budget, and held within the wallet, but for what the operator or the truth of a
   * call did.
   */
  private overspentOnlyForAReason(
    book: NaiveStatement,
    before: { excess: bigint; lack: bigint },
    event: StatementEvent,
  ): void {
    const isExcused =
      event.type === 'UsageRecorded' && (event.data.flags.includes('overrun') || event.data.flags.includes('late'));
    const sets = event.type === 'BudgetSet' || event.type === 'MonthResumed';
    law(book.excess <= before.excess || sets || isExcused, event, `leaves ${book.excess} above the budget`);
    law(book.lack <= before.lack || isExcused, event, `leaves ${book.lack} held that the wallet does not have`);
  }
}
