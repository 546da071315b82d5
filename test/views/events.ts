import type {
  AccountOpened,
  CustomerCreated,
  CustomerUpdated,
  ServerKeyIssued,
  StatementClosed,
  StatementOpened,
  UsageRecorded,
} from '../../src/domain/events/index.js';
import { tokenUsage } from '../../src/domain/tokens.js';
import { NO_USAGE } from '../../src/domain/usage-totals.js';

/** An id of the public form, from a short name: `id('cust', 'a')`. */
export function id(prefix: 'acct' | 'cust' | 'req' | 'key', name: string | number): string {
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

export function serverKeyIssued(digest: string, account = ACCOUNT): ServerKeyIssued {
  return { ...envelope(account), type: 'ServerKeyIssued', data: { keyId: id('key', 'K'), digest, lastFour: '1234' } };
}

/** A customer with an external id, or with null the account's pseudo-customer. */
export function customerCreated(customer: string, externalId: string | null, account = ACCOUNT): CustomerCreated {
  return {
    ...envelope(account),
    type: 'CustomerCreated',
    customer,
    data: { unattributed: externalId === null },
    personal: externalId === null ? undefined : { externalId, name: null, metadata: {} },
  };
}

export function customerUpdated(customer: string, personal: CustomerUpdated['personal']): CustomerUpdated {
  return { ...envelope(), type: 'CustomerUpdated', customer, data: { changed: [] }, personal };
}

export function statementOpened(customer = ADA, month = '202611', previousMonth: string | null = null): StatementOpened {
  return { ...envelope(), type: 'StatementOpened', customer, data: { month, previousMonth } };
}

export function statementClosed(customer = ADA, month = '202611', nextMonth = '202612'): StatementClosed {
  return { ...envelope(), type: 'StatementClosed', customer, data: { month, totals: NO_USAGE, nextMonth } };
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
      outcome: 'completed',
      status: 200,
      errorCode: null,
      tokens: tokenUsage({ input: 12, cachedInput: 2, cacheWrite: 1, output: 6, reasoning: 3 }),
      priceBook: 'book-1',
      price: { input: '1', output: '2' },
      costNanoUsd: '100',
      billableNanoUsd: null,
      flags: [],
      latencyMs: 12.5,
      overheadMs: 1.5,
      ...data,
    },
  };
}
