import type { MeasuredUsage, RecordUsage } from '../../src/domain/statement/end-hold.js';
import type { UsagePersonal, UsageRecordedData } from '../../src/domain/events/usage-recorded.js';
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
  readonly usage?: Partial<UsageRecordedData>;
}

/** What a call of an account `acct_1` used, as the meter hands it over. */
export function measured({
  customer = 'cust_1',
  request = 'req_1',
  costNanoUsd = '7',
  hold,
  personal,
  usage: more,
}: Parts = {}): MeasuredUsage {
  const { hold: _, countsIn: __, wallet: ___, ...usage } = usageRecorded({ data: { costNanoUsd, ...more } }).data;
  const cause = causeOfRequest({ account: 'acct_1', customer, requestId: request, actor: 'key:key_1' });
  return { cause, personal, usage, hold, transaction: `txn_${request}` };
}

/** The command that records it. */
export function recordUsage(parts: Parts = {}): RecordUsage {
  return { type: 'RecordUsage', ...measured(parts) };
}

/** The same as it lies in the spool. */
export function spooled(parts: Parts = {}, sinceMonth = '202611'): SpooledUsage {
  return spooledUsage('acct_1', parts.customer ?? 'cust_1', measured(parts), sinceMonth);
}
