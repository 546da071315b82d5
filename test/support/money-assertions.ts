import type { LedgerEvent, UsageRecorded } from '../../src/domain/events/index.js';

/** One customer's money, folded from the book here on its own, so that a mistake in the ledger's own folding shows. */
interface Purse {
  /** The month of the statement that is written in, and the one that calls count in. */
  statement: string;
  month: string;
  /** What is spent, and the budget, by month; null is none. */
  readonly spent: Record<string, bigint>;
  readonly caps: Record<string, bigint | null>;
  wallet: bigint;
  readonly open: Map<string, { readonly month: string; readonly cost: bigint | null; readonly wallet: bigint }>;
  readonly ended: Set<string>;
}

/**
 * Which events may leave more spent and held than the budget: the budget was lowered, now or while calls counted in
 * another month, or a call that was flagged cost more than was held.
 */
function isCause(event: LedgerEvent): boolean {
  return (
    event.type === 'BudgetSet' || event.type === 'MonthResumed' || (event.type === 'UsageRecorded' && isExcused(event))
  );
}

function isExcused({ data: { flags } }: UsageRecorded): boolean {
  return flags.includes('overrun') || flags.includes('late');
}

/**
 * What must hold of holds, budgets and wallets in a book at rest: every hold ended once, none is open, and at no
 * position was more spent and held than the budget, or more held or taken than the wallet had, without a recorded cause
 * standing there.
 */
export function expectMoneyHeld(events: readonly LedgerEvent[]): void {
  const purses = new Map<string, Purse>();
  const problems: string[] = [];
  for (const event of events) {
    if (event.customer === undefined) continue;
    let purse = purses.get(event.customer);
    if (!purse)
      purses.set(
        event.customer,
        (purse = { statement: '', month: '', spent: {}, caps: {}, wallet: 0n, open: new Map(), ended: new Set() }),
      );
    const before = excesses(purse);
    fold(purse, event, (problem) => problems.push(`${event.type} ${event.id}: ${problem}`));
    for (const [payer, excess] of Object.entries(excesses(purse))) {
      if (excess <= (before[payer] ?? 0n)) continue;
      const excused = payer === 'wallet' ? event.type === 'UsageRecorded' && isExcused(event) : isCause(event);
      if (!excused) problems.push(`${event.type} ${event.id} of ${event.customer}: ${payer} is exceeded by ${excess}`);
    }
  }
  for (const [customer, { open }] of purses)
    for (const hold of open.keys()) problems.push(`${hold} of ${customer} is still open`);
  expect(problems).toEqual([]);
}

/** By how much each month's budget, and the wallet, is exceeded by what is spent and held. */
function excesses({ spent, caps, open, wallet }: Purse): Record<string, bigint> {
  const holds = [...open.values()];
  const sum = (amounts: bigint[]) => amounts.reduce((a, b) => a + b, 0n);
  const found: Record<string, bigint> = { wallet: positive(sum(holds.map((hold) => hold.wallet)) - wallet) };
  for (const [month, cap] of Object.entries(caps)) {
    const held = sum(holds.filter((hold) => hold.month === month).map(({ cost }) => cost ?? 0n));
    found[month] = cap === null ? 0n : positive((spent[month] ?? 0n) + held - cap);
  }
  return found;
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

function fold(purse: Purse, event: LedgerEvent, problem: (text: string) => void): void {
  if (event.type === 'StatementOpened') {
    purse.statement = event.data.month;
    purse.month = event.data.month;
    purse.caps[purse.month] = amountOf(event.data.capNanoUsd);
  } else if (event.type === 'BudgetSet') {
    purse.caps[purse.month] = amountOf(event.data.capNanoUsd);
  } else if (event.type === 'MonthResumed') {
    const spent = purse.spent[event.data.month] ?? 0n;
    if (spent !== BigInt(event.data.spentNanoUsd)) problem(`${spent} is spent of the month`);
    purse.caps[event.data.month] = purse.caps[purse.month]!;
    purse.month = event.data.month;
  } else if (event.type === 'WalletCredited') {
    purse.wallet += BigInt(event.data.amountNanoUsd);
    if (purse.wallet !== BigInt(event.data.balanceNanoUsd)) problem(`the balance is ${purse.wallet}`);
  } else if (event.type === 'UsageHeld') {
    const { hold, costNanoUsd, walletNanoUsd } = event.data;
    if (purse.open.has(hold) || purse.ended.has(hold)) problem(`${hold} was placed before`);
    purse.open.set(hold, { month: purse.month, cost: amountOf(costNanoUsd), wallet: BigInt(walletNanoUsd ?? 0) });
  } else if (event.type === 'HoldReleased') end(purse, event.data.hold, problem);
  else if (event.type === 'UsageRecorded') record(purse, event, problem);
}

function amountOf(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

function end({ open, ended }: Purse, hold: string, problem: (text: string) => void): void {
  if (!open.delete(hold)) problem(`${hold} is not open`);
  ended.add(hold);
}

function record(purse: Purse, event: UsageRecorded, problem: (text: string) => void): void {
  const { hold, costNanoUsd, countsIn, wallet, flags } = event.data;
  const held = hold === null ? undefined : purse.open.get(hold);
  const cost = BigInt(costNanoUsd ?? 0);
  if (hold !== null && (held || !flags.includes('late'))) end(purse, hold, problem);
  if (held && held.cost !== null && cost > held.cost && !flags.includes('overrun'))
    problem(`it costs ${cost}, and ${held.cost} was held`);
  const month = countsIn ?? purse.statement;
  if (held && held.month !== month) problem(`it counts in ${month}, and was held in ${held.month}`);
  purse.spent[month] = (purse.spent[month] ?? 0n) + cost;
  if (!wallet) return;
  purse.wallet -= BigInt(wallet.debitNanoUsd);
  if (purse.wallet !== BigInt(wallet.balanceNanoUsd)) problem(`the balance is ${purse.wallet}`);
}
