import type { UsageRecorded } from '../../src/domain/events/index.js';
import { NO_TOKENS } from '../../src/domain/pricing/tokens.js';

type UsageParts = Partial<Omit<UsageRecorded, 'data' | 'type'>> & { readonly data?: Partial<UsageRecorded['data']> };

let made = 0;

/** A well-formed usage event, with the given parts in place of the plain ones. */
export function usageRecorded({ data, ...envelope }: UsageParts = {}): UsageRecorded {
  const number = ++made;
  return {
    id: `usage-${number}`,
    type: 'UsageRecorded',
    account: 'acct_1',
    customer: 'cust_1',
    requestId: `req_${number}`,
    actor: 'key:key_1',
    occurredAt: Date.UTC(2026, 10, 22, 12),
    ...envelope,
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
      tokens: NO_TOKENS,
      priceBook: 'test',
      price: {},
      costNanoUsd: '0',
      billableNanoUsd: null,
      flags: [],
      hold: null,
      countsIn: null,
      wallet: null,
      creditNanoUsd: null,
      latencyMs: 1,
      overheadMs: 1,
      ...data,
    },
  };
}
