import { monthOf } from '../../domain/clock.js';
import type { Metadata } from '../../domain/metadata.js';
import { nanoUsd, type NanoUsdText } from '../../domain/money.js';
import type { StatementState } from '../../domain/statement.js';
import type { DocumentStore, Search } from '../document-store.js';
import type { CustomerDocument } from '../projections/customers.js';
import { statementId, statements, type StatementDocument } from '../projections/statements.js';
import { usdJson, type UsdJson } from '../usd-json.js';

/** A customer as the API shows it. */
export interface CustomerAnswer {
  readonly id: string;
  readonly object: 'customer';
  readonly external_id: string | null;
  readonly name: string | null;
  readonly created_at: number;
  readonly monthly_budget_usd: UsdJson | null;
  /** What its calls have cost in the running UTC month. */
  readonly spend_usd_mtd: UsdJson;
  /** What calls under way have set aside of the budget. */
  readonly held_usd: UsdJson;
  /** What the next call may cost: the budget less what is spent and held, and never below zero. */
  readonly budget_remaining_usd: UsdJson | null;
  readonly wallet_balance_usd: UsdJson | null;
  readonly rate_limit_rpm: number | null;
  readonly rate_limit_tpm: number | null;
  readonly metadata: Metadata;
  readonly erased_at: null;
}

/** Makes answers of customers, with what each has spent in the month of that moment. */
export async function customerAnswers(
  documents: DocumentStore,
  found: readonly CustomerDocument[],
  nowMs: number,
): Promise<CustomerAnswer[]> {
  const latest = await latestStatements(documents, found, monthOf(nowMs));
  return found.map((customer) => customerAnswer(customer, latest.get(customer.id)?.state, monthOf(nowMs)));
}

/** Each customer's latest statement: mostly the running month's; without calls in it, whichever came before. */
async function latestStatements(documents: DocumentStore, found: readonly CustomerDocument[], month: string) {
  const collection = statements.collection.name;
  const current = await documents.getMany<StatementDocument>(
    collection,
    found.map(({ id }) => statementId(id, month)),
  );
  const latest = new Map(current.map((statement) => [statement.customer, statement]));
  const others = found.filter(({ id }) => !latest.has(id));
  const searches = others.map(({ id }): Search => ({ collection, filter: { where: { customer: id }, order: 'desc', limit: 1 } }));
  for (const [statement] of (await documents.findTogether(searches)) as StatementDocument[][]) {
    if (statement) latest.set(statement.customer, statement);
  }
  return latest;
}

/** A month that nobody has needed yet begins with nothing spent and held; budget and wallet are carried over. */
function customerAnswer(customer: CustomerDocument, state: StatementState | undefined, month: string): CustomerAnswer {
  const running = state && state.month >= month ? state : undefined;
  const cap = state ? state.capNanoUsd : customer.firstCapNanoUsd;
  const spent = running?.totals.costNanoUsd ?? '0';
  const held = running?.heldNanoUsd ?? '0';
  return {
    id: customer.id,
    object: 'customer',
    external_id: customer.externalId,
    name: customer.name,
    created_at: Math.floor(customer.createdAt / 1000),
    monthly_budget_usd: cap === null ? null : usdJson(cap),
    spend_usd_mtd: usdJson(spent),
    held_usd: usdJson(held),
    budget_remaining_usd: cap === null ? null : usdJson(remaining(cap, spent, held)),
    wallet_balance_usd: state?.wallet ? usdJson(state.wallet.balanceNanoUsd) : null,
    rate_limit_rpm: customer.rateLimitRpm,
    rate_limit_tpm: customer.rateLimitTpm,
    metadata: customer.metadata,
    erased_at: null,
  };
}

function remaining(cap: NanoUsdText, spent: NanoUsdText, held: NanoUsdText): NanoUsdText {
  const left = nanoUsd(cap) - nanoUsd(spent) - nanoUsd(held);
  return left > 0n ? left.toString() : '0';
}
