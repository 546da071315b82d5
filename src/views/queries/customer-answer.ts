import { monthOf } from '../../domain/clock.js';
import type { Metadata } from '../../domain/metadata.js';
import type { DocumentStore } from '../document-store.js';
import type { CustomerDocument } from '../projections/customers.js';
import { statementId, statements, type StatementDocument } from '../projections/statements.js';
import { usdJson, type UsdJson } from '../usd-json.js';

/** A customer as the API shows it. Budgets, wallets and rate limits are not kept yet, so nothing is held and there is no limit. */
export interface CustomerAnswer {
  readonly id: string;
  readonly object: 'customer';
  readonly external_id: string | null;
  readonly name: string | null;
  readonly created_at: number;
  readonly monthly_budget_usd: null;
  /** What its calls have cost in the running UTC month. */
  readonly spend_usd_mtd: UsdJson;
  readonly held_usd: UsdJson;
  readonly budget_remaining_usd: null;
  readonly wallet_balance_usd: null;
  readonly rate_limit_rpm: null;
  readonly rate_limit_tpm: null;
  readonly metadata: Metadata;
  readonly erased_at: null;
}

/** Makes answers of customers, with what each has spent in the month of that moment. */
export async function customerAnswers(
  documents: DocumentStore,
  found: readonly CustomerDocument[],
  nowMs: number,
): Promise<CustomerAnswer[]> {
  const ids = found.map(({ id }) => statementId(id, monthOf(nowMs)));
  const months = await documents.getMany<StatementDocument>(statements.collection.name, ids);
  const spent = new Map(months.map(({ customer, state }) => [customer, state.totals.costNanoUsd]));
  return found.map(({ id, externalId, name, createdAt, metadata }) => ({
    id,
    object: 'customer',
    external_id: externalId,
    name,
    created_at: Math.floor(createdAt / 1000),
    monthly_budget_usd: null,
    spend_usd_mtd: usdJson(spent.get(id) ?? '0'),
    held_usd: usdJson('0'),
    budget_remaining_usd: null,
    wallet_balance_usd: null,
    rate_limit_rpm: null,
    rate_limit_tpm: null,
    metadata,
    erased_at: null,
  }));
}
