import type { Metadata } from '../../domain/metadata.js';
import { nanoUsd, type NanoUsdText } from '../../domain/money.js';
import type { DocumentStore } from '../document-store.js';
import type { CustomerDocument } from '../projections/customers.js';
import { usdJson, type UsdJson } from '../usd-json.js';
import { runningMonths, type RunningMonth } from './running-month.js';

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
  const months = await runningMonths(
    documents,
    found.map(({ id }) => id),
    nowMs,
  );
  return found.map((customer) => customerAnswer(customer, months.get(customer.id)));
}

function customerAnswer(customer: CustomerDocument, month: RunningMonth | undefined): CustomerAnswer {
  const cap = month ? month.capNanoUsd : customer.firstCapNanoUsd;
  const spent = month?.spentNanoUsd ?? '0';
  const held = month?.heldNanoUsd ?? '0';
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
    wallet_balance_usd: month?.wallet ? usdJson(month.wallet.balanceNanoUsd) : null,
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
