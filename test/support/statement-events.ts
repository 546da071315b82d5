import { startOfMonth } from '../../src/domain/clock.js';
import { NOTHING_CARRIED, type CarriedStatement, type Wallet } from '../../src/domain/events/carried-statement.js';
import type { CustomerCause } from '../../src/domain/events/command-cause.js';
import type { UsageHeld } from '../../src/domain/events/index.js';
import type { UsageRecordedData } from '../../src/domain/events/usage-recorded.js';
import type { RecordUsage } from '../../src/domain/statement/end-hold.js';
import type { PlacedHold } from '../../src/domain/statement/hold.js';
import type { PlaceHold } from '../../src/domain/statement/place-hold.js';
import type { StatementEvent } from '../../src/domain/statement/statement.js';
import { usageRecorded } from './events.js';

/** The request behind the commands of a case. */
export const CAUSE: CustomerCause = {
  account: 'acct_1',
  customer: 'cust_1',
  requestId: 'req_1',
  actor: 'key:key_1',
  id: 'req_1',
};

const ENVELOPE = { id: 'e', account: 'acct_1', customer: 'cust_1', actor: 'system', occurredAt: 0 } as const;

/** The statement of November 2026, or of another month, with a budget and a wallet or without. */
export function opened(carried: Partial<CarriedStatement> = {}, month = '202611'): StatementEvent {
  return { ...ENVELOPE, type: 'StatementOpened', data: { month, previousMonth: null, ...NOTHING_CARRIED, ...carried } };
}

/** A wallet that holds its only top-up. */
export function wallet(amount: string, changes: Partial<Wallet> = {}): Wallet {
  return {
    balanceNanoUsd: amount,
    heldNanoUsd: '0',
    lastTopUpNanoUsd: amount,
    refunded: {},
    low: false,
    empty: false,
    ...changes,
  };
}

/** A call is under way whose time is over late. */
export function held(hold: string, parts: Partial<UsageHeld['data']> = {}): StatementEvent {
  const amounts = { costNanoUsd: null, walletNanoUsd: null, bound: null };
  return {
    ...ENVELOPE,
    type: 'UsageHeld',
    data: { hold, refUsed: 'fc:a/b', ...amounts, expiresAt: Number.MAX_SAFE_INTEGER, ...parts },
  };
}

/** A call was booked at a cost, without a hold. */
export function spent(costNanoUsd: string): StatementEvent {
  return usageRecorded({ data: { costNanoUsd } });
}

/** Holds the money of a call that costs 12 at most: 4 tokens in, 6 out, a nano-dollar each, and 2 for roundings. */
export function placeHold(parts: Partial<PlaceHold> = {}): PlaceHold {
  return {
    type: 'PlaceHold',
    cause: CAUSE,
    hold: 'hold_1',
    refUsed: 'fc:a/b',
    size: { inputTokens: 4, choices: 1, askedOutputTokens: 6, maxOutputTokens: undefined, isCrowded: false },
    price: { input: '1000000', output: '1000000', request: '0' },
    billableNanoUsd: null,
    longestCallMs: 1000,
    mayBeCounted: false,
    ...parts,
  };
}

/** Records what a call cost. */
export function recordUsage(
  costNanoUsd: string | null,
  hold?: Partial<PlacedHold>,
  data: Partial<UsageRecordedData> = {},
  parts: Partial<RecordUsage> = {},
): RecordUsage {
  const {
    hold: _hold,
    countsIn: _countsIn,
    wallet: _wallet,
    ...usage
  } = usageRecorded({ data: { costNanoUsd, ...data } }).data;
  const placed = hold && {
    hold: 'hold_1',
    month: '202611',
    costNanoUsd: null,
    walletNanoUsd: null,
    bound: undefined,
    ...hold,
  };
  return {
    type: 'RecordUsage',
    cause: CAUSE,
    personal: undefined,
    usage,
    hold: placed,
    transaction: 'txn_1',
    ...parts,
  };
}

/** The first moment of a month, for a case that is about months. */
export const at = (month: string) => ({ nowMs: startOfMonth(month) });
