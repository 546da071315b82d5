import type { LedgerEvent } from '../../domain/events/index.js';
import { billedCost } from '../../domain/pricing/pricing.js';

/** Says where a recorded cost is not the one that follows from the tokens and the price recorded with it. */
export function* usageProblems(event: LedgerEvent): Generator<string> {
  if (event.type !== 'UsageRecorded') return;
  const { price, costNanoUsd, flags } = event.data;
  if (flags.includes('unpriced') !== (costNanoUsd === null))
    yield `costs ${costNanoUsd}, but is${flags.includes('unpriced') ? '' : ' not'} flagged unpriced`;
  let recomputed: string | null;
  try {
    recomputed = billedCost(event.data, price)?.toString() ?? null;
  } catch (error) {
    return yield `its price cannot be read: ${String(error)}`;
  }
  if (costNanoUsd !== recomputed)
    yield `costs ${costNanoUsd}, but what it used, at its price or as its provider says, costs ${recomputed}`;
}
