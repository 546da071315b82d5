import type { MeasuredUsage } from '../../src/domain/statement/end-hold.js';
import type { UsagePersonal } from '../../src/domain/events/usage-recorded.js';
import type { PlacedHold } from '../../src/domain/statement/hold.js';
import { causeOfRequest } from '../../src/ledger/usage/call-cause.js';
import { spooledUsage, type SpooledUsage } from '../../src/ledger/usage/spooled-usage.js';
import { usageRecorded } from './events.js';

interface Parts {
  readonly customer?: string;
  readonly request?: string;
  readonly costNanoUsd?: string;
  readonly hold?: PlacedHold | undefined;
  readonly personal?: UsagePersonal | undefined;
}

/** What a call of an account `acct_1` used, as the meter hands it over. */
export function measured({ customer = 'cust_1', request = 'req_1', costNanoUsd = '7', hold, personal }: Parts = {}): MeasuredUsage {
  const { hold: _, countsIn: __, wallet: ___, ...usage } = usageRecorded({ data: { costNanoUsd } }).data;
  const cause = causeOfRequest({ account: 'acct_1', customer, requestId: request, actor: 'key:key_1' });
  return { cause, personal, usage, hold, transaction: `txn_${request}` };
}

/** The same as it lies in the spool. */
export function spooled(parts: Parts = {}, sinceMonth = '202611'): SpooledUsage {
  return spooledUsage('acct_1', parts.customer ?? 'cust_1', measured(parts), sinceMonth);
}
