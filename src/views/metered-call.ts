import { monthAfter, monthOf, startOfMonth } from '../domain/clock.js';
import type { UsageRecorded } from '../domain/events/index.js';
import type { UsageRecordedData } from '../domain/events/usage-recorded.js';

/** What was measured of a call, without the prices it was billed at. */
export type Measures = Omit<UsageRecordedData, 'price' | 'priceBook'>;

/**
 * A call as usage answers and the request log see it: what was measured, whose it was, and when it was booked, which
 * decides the hour, day and month it counts in. A usage event is one, and so is a document of the request log.
 */
export interface MeteredCall extends Pick<UsageRecorded, 'account' | 'customer' | 'occurredAt' | 'personal'> {
  readonly data: Measures;
}

/**
 * The moment a call counts at, in Unix milliseconds: when it was recorded; for one that settled a hold of a month that
 * was over by then, the last moment of that month, whose budget it belongs to. While the clock is set back behind a
 * statement, the month it counts in is the clock's, and so is the moment.
 */
export function countedAt({
  occurredAt,
  data: { countsIn },
}: Pick<MeteredCall, 'occurredAt'> & { data: Pick<Measures, 'countsIn'> }): number {
  return countsIn === null || countsIn === monthOf(occurredAt) ? occurredAt : startOfMonth(monthAfter(countsIn)) - 1;
}

/** Copies the measures one by one: of all ways to leave two fields out this is by far the cheapest. */
export function measuresOf(data: UsageRecordedData): Measures {
  return {
    endpoint: data.endpoint,
    provider: data.provider,
    refAsked: data.refAsked,
    refUsed: data.refUsed,
    upstreamModel: data.upstreamModel,
    stream: data.stream,
    attempt: data.attempt,
    final: data.final,
    outcome: data.outcome,
    status: data.status,
    errorCode: data.errorCode,
    tokens: data.tokens,
    billedTokens: data.billedTokens,
    statedCostNanoUsd: data.statedCostNanoUsd,
    costNanoUsd: data.costNanoUsd,
    billableNanoUsd: data.billableNanoUsd,
    flags: data.flags,
    hold: data.hold,
    countsIn: data.countsIn,
    wallet: data.wallet,
    creditNanoUsd: data.creditNanoUsd,
    latencyMs: data.latencyMs,
    overheadMs: data.overheadMs,
  };
}
