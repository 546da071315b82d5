import type { AttemptOutcome, UsageFlag } from '../../domain/events/usage-recorded.js';
import { addTotals, totalsOf } from '../../domain/events/usage-totals.js';
import type { RequestDocument } from '../projections/requests.js';
import { usdJson, type UsdJson } from '../usd-json.js';

/** A row of the request log as the API shows it: one call, all its upstream attempts together. */
export interface RequestAnswer {
  readonly id: string;
  readonly object: 'request';
  /** Unix seconds at which it was booked. */
  readonly created_at: number;
  /** Null for a call without attribution. */
  readonly customer_id: string | null;
  readonly endpoint: string;
  /** As the caller spelt it. */
  readonly model: string;
  readonly model_used: string;
  /** In order; one that was tried again stands once. */
  readonly models_tried: readonly string[];
  readonly upstream_model: string | null;
  readonly provider: string;
  readonly stream: boolean;
  readonly attempts: number;
  readonly status: number;
  readonly outcome: AttemptOutcome;
  readonly error_code: string | null;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  /** Null when the price of an attempt is unknown. */
  readonly cost_usd: UsdJson | null;
  readonly billable_usd: UsdJson | null;
  readonly flags: readonly UsageFlag[];
  readonly latency_ms: number;
  readonly overhead_ms: number;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly session_id: string | null;
}

/**
 * Makes a row of the attempts of one request. How it ended is what the last attempt says; tokens and money are summed.
 * @param unattributedCustomer the account's pseudo-customer, which is not shown
 */
export function requestAnswer(
  attempts: readonly RequestDocument[],
  unattributedCustomer: string | undefined,
): RequestAnswer {
  const inOrder = attempts.toSorted((a, b) => a.data.attempt - b.data.attempt);
  const { requestId, occurredAt, customer, personal, data: last } = inOrder.at(-1)!;
  const measures = inOrder.map(({ data }) => data);
  const totals = measures.map(totalsOf).reduce(addTotals);
  return {
    id: requestId,
    object: 'request',
    created_at: Math.floor(occurredAt / 1000),
    customer_id: customer === unattributedCustomer ? null : customer!,
    endpoint: last.endpoint,
    model: last.refAsked,
    model_used: last.refUsed,
    models_tried: measures.map(({ refUsed }) => refUsed).filter((ref, place, refs) => ref !== refs[place - 1]),
    upstream_model: last.upstreamModel,
    provider: last.provider,
    stream: last.stream,
    attempts: last.attempt,
    status: last.status,
    outcome: last.outcome,
    error_code: last.errorCode,
    input_tokens: totals.inputTokens,
    cached_input_tokens: totals.cachedInputTokens,
    cache_write_tokens: totals.cacheWriteTokens,
    output_tokens: totals.outputTokens,
    reasoning_tokens: totals.reasoningTokens,
    cost_usd: measures.some(({ costNanoUsd }) => costNanoUsd === null) ? null : usdJson(totals.costNanoUsd),
    billable_usd: measures.every(({ billableNanoUsd }) => billableNanoUsd === null)
      ? null
      : usdJson(totals.billableNanoUsd),
    flags: [...new Set(measures.flatMap(({ flags }) => flags))],
    latency_ms: last.latencyMs,
    overhead_ms: last.overheadMs,
    tags: personal?.tags ?? [],
    properties: personal?.properties ?? {},
    session_id: personal?.sessionId ?? null,
  };
}
