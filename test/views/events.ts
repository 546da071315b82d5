import { NOTHING_CARRIED } from '../../src/domain/events/carried-statement.js';
import type {
  AccountLimitsSet,
  AccountOpened,
  CreditGranted,
  CreditThresholdCrossed,
  CustomerCreated,
  CustomerUpdated,
  PriceBookPublished,
  RateLimitExceeded,
  ServerKeyIssued,
  StatementClosed,
  StatementOpened,
  TierChanged,
  UsageHeld,
  UsageRecorded,
  WalletCredited,
} from '../../src/domain/events/index.js';
import { tokenUsage } from '../../src/domain/pricing/tokens.js';
import { NO_USAGE } from '../../src/domain/events/usage-totals.js';

/** An id of the public form, from a short name: `id('cust', 'a')`. */
export function id(prefix: 'acct' | 'cust' | 'req' | 'key' | 'txn' | 'hold', name: string | number): string {
  return `${prefix}_${String(name).padStart(24, '0')}`;
}

export const ACCOUNT = id('acct', 'A');
export const UNATTRIBUTED = id('cust', 'U');
export const ADA = id('cust', 'ada');
export const BOB = id('cust', 'bob');

/** When things happen unless a test says otherwise. */
export const NOON = Date.UTC(2026, 10, 22, 12);

let made = 0;

function envelope(account = ACCOUNT) {
  return { id: `event-${++made}`, account, actor: 'system', occurredAt: NOON } as const;
}

export function accountOpened(account = ACCOUNT, unattributedCustomer = UNATTRIBUTED): AccountOpened {
  return { ...envelope(account), type: 'AccountOpened', data: { unattributedCustomer } };
}

export function tierChanged(tier: TierChanged['data']['tier'], account = ACCOUNT): TierChanged {
  return { ...envelope(account), type: 'TierChanged', data: { tier } };
}

export function creditGranted(
  amountNanoUsd: string,
  reason: CreditGranted['data']['reason'] = 'sign_up',
): CreditGranted {
  return { ...envelope(), type: 'CreditGranted', data: { amountNanoUsd, reason, note: null } };
}

export function creditThresholdCrossed(threshold: CreditThresholdCrossed['data']['threshold']): CreditThresholdCrossed {
  const data = { threshold, by: 'spent', remainingNanoUsd: '0', lastGrantNanoUsd: '0' } as const;
  return { ...envelope(), type: 'CreditThresholdCrossed', data };
}

export function accountLimitsSet(limits: AccountLimitsSet['data'], account = ACCOUNT): AccountLimitsSet {
  return { ...envelope(account), type: 'AccountLimitsSet', data: limits };
}

export function priceBookPublished(
  version: string,
  prices: PriceBookPublished['data']['prices'] = [],
): PriceBookPublished {
  const { account: _, ...platform } = envelope();
  return { ...platform, type: 'PriceBookPublished', data: { version, prices, note: null } };
}

export function serverKeyIssued(digest: string, account = ACCOUNT): ServerKeyIssued {
  return { ...envelope(account), type: 'ServerKeyIssued', data: { keyId: id('key', 'K'), digest, lastFour: '1234' } };
}

/** A customer with an external id, or with null the account's pseudo-customer. */
export function customerCreated(customer: string, externalId: string | null, account = ACCOUNT): CustomerCreated {
  return {
    ...envelope(account),
    type: 'CustomerCreated',
    customer,
    data: { unattributed: externalId === null, capNanoUsd: null, rateLimitRpm: null, rateLimitTpm: null },
    personal: externalId === null ? undefined : { externalId, name: null, metadata: {} },
  };
}

export function customerUpdated(customer: string, personal: CustomerUpdated['personal']): CustomerUpdated {
  return { ...envelope(), type: 'CustomerUpdated', customer, data: { changed: [] }, personal };
}

export function rateLimitExceeded(customer: string, occurredAt = NOON): RateLimitExceeded {
  return {
    ...envelope(),
    type: 'RateLimitExceeded',
    customer,
    occurredAt,
    data: { limit: 'customer_rpm', perMinute: 60 },
  };
}

/** A statement begins; what it carries over, if that is something, is given as the last argument. */
export function statementOpened(
  customer = ADA,
  month = '202611',
  previousMonth: string | null = null,
  carried = NOTHING_CARRIED,
): StatementOpened {
  return { ...envelope(), type: 'StatementOpened', customer, data: { month, previousMonth, ...carried } };
}

export function statementClosed(
  customer = ADA,
  month = '202611',
  nextMonth = '202612',
  carried = NOTHING_CARRIED,
): StatementClosed {
  const totals = { totals: NO_USAGE, carriedTotals: NO_USAGE };
  return { ...envelope(), type: 'StatementClosed', customer, data: { month, ...totals, nextMonth, ...carried } };
}

type CreditParts = Partial<Omit<WalletCredited, 'data' | 'type'>> & { readonly data?: Partial<WalletCredited['data']> };

/** The first top-up of Ada's wallet, at noon, of 1000 nano-USD, with the given parts in place of the plain ones. */
export function walletCredited({ data, ...parts }: CreditParts = {}): WalletCredited {
  const plain = {
    transaction: id('txn', made + 1),
    kind: 'topup',
    amountNanoUsd: '1000',
    balanceNanoUsd: '1000',
    refundedRequest: null,
  } as const;
  return { ...envelope(), type: 'WalletCredited', customer: ADA, ...parts, data: { ...plain, ...data } };
}

type HoldParts = Partial<Omit<UsageHeld, 'data' | 'type'>> & { readonly data?: Partial<UsageHeld['data']> };

/** A hold for a call of Ada's at noon that sets aside nothing, with the given parts in place of the plain ones. */
export function usageHeld({ data, ...parts }: HoldParts = {}): UsageHeld {
  const amounts = { bound: { inputTokens: 12, outputTokens: 256 }, costNanoUsd: '0', walletNanoUsd: null };
  const plain = { hold: id('hold', made + 1), refUsed: 'fc:openai/gpt-4o-mini', ...amounts, expiresAt: NOON + 900_000 };
  return { ...envelope(), type: 'UsageHeld', customer: ADA, ...parts, data: { ...plain, ...data } };
}

type UsageParts = Partial<Omit<UsageRecorded, 'data' | 'type'>> & { readonly data?: Partial<UsageRecorded['data']> };

/** A call of Ada's at noon that cost 100 nano-USD, with the given parts in place of the plain ones. */
export function usage({ data, ...parts }: UsageParts = {}): UsageRecorded {
  const plain = envelope();
  return {
    ...plain,
    type: 'UsageRecorded',
    customer: ADA,
    requestId: id('req', made),
    ...parts,
    data: {
      endpoint: 'chat.completions',
      provider: 'openai',
      refAsked: 'fc:openai/gpt-4o-mini',
      refUsed: 'fc:openai/gpt-4o-mini',
      upstreamModel: 'gpt-4o-mini-2024-07-18',
      stream: false,
      attempt: 1,
      final: true,
      billedTokens: null,
      statedCostNanoUsd: null,
      outcome: 'completed',
      status: 200,
      errorCode: null,
      tokens: tokenUsage({ input: 12, cachedInput: 2, cacheWrite: 1, output: 6, reasoning: 3 }),
      priceBook: 'book-1',
      price: { input: '1', output: '2' },
      costNanoUsd: '100',
      billableNanoUsd: null,
      flags: [],
      hold: null,
      countsIn: null,
      wallet: null,
      creditNanoUsd: null,
      latencyMs: 12.5,
      overheadMs: 1.5,
      ...data,
    },
  };
}
