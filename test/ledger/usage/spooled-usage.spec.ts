import { NO_TOKENS } from '../../../src/domain/pricing/tokens.js';
import type { MeasuredUsage } from '../../../src/domain/statement/end-hold.js';
import { eventId } from '../../../src/ledger/journal/event-id.js';
import { measuredUsage, spooledUsage, type SpooledUsage } from '../../../src/ledger/usage/spooled-usage.js';
import { CAUSE } from '../../support/statement-events.js';

const USAGE: MeasuredUsage['usage'] = {
  endpoint: 'chat.completions',
  provider: 'openai',
  refAsked: 'fc:openai/gpt-4o-mini',
  refUsed: 'fc:openai/gpt-4o-mini',
  upstreamModel: null,
  stream: true,
  attempt: 1,
  tokens: NO_TOKENS,
  priceBook: 'test',
  price: {},
  costNanoUsd: '7',
  billableNanoUsd: null,
  flags: [],
  billedTokens: null,
  statedCostNanoUsd: null,
  creditNanoUsd: null,
  latencyMs: 12,
  overheadMs: 1,
  outcome: 'completed',
  status: 200,
  errorCode: null,
  final: true,
};

/** An entry as it has been written ever since there are holds; spools out there are full of such. */
const written = (hold: string) =>
  `{"usage":${JSON.stringify(USAGE)},"personal":{"tags":["night"]},"transaction":"txn_1","account":"acct_1","customer":"cust_1",` +
  `"requestId":"req_1","actor":"key:key_1","sinceMonth":"202611","hold":${hold}}`;

it.each<[string, MeasuredUsage['hold'], string]>([
  ['no hold', undefined, 'null'],
  [
    'a hold of the budget',
    {
      hold: 'hold_1',
      month: '202611',
      costNanoUsd: '12',
      walletNanoUsd: null,
      bound: { inputTokens: 4, outputTokens: 6, outputLimit: 6 },
    },
    '{"hold":"hold_1","month":"202611","costNanoUsd":"12","walletNanoUsd":null,"bound":{"inputTokens":4,"outputTokens":6,"outputLimit":6}}',
  ],
  [
    'a hold of a fixed amount',
    { hold: 'hold_1', month: '202611', costNanoUsd: null, walletNanoUsd: '5', bound: undefined },
    '{"hold":"hold_1","month":"202611","costNanoUsd":null,"walletNanoUsd":"5"}',
  ],
])('a spooled entry with %s keeps its bytes, and can be read again', (_, hold, text) => {
  const measured: MeasuredUsage = {
    cause: CAUSE,
    usage: USAGE,
    personal: { tags: ['night'] },
    hold,
    transaction: 'txn_1',
  };
  expect(JSON.stringify(spooledUsage('acct_1', 'cust_1', measured, '202611'))).toBe(written(text));
  const again = measuredUsage(JSON.parse(written(text)) as SpooledUsage);
  expect(again).toEqual(measured);
  expect(eventId(again.cause.id, 'usage-1')).toBe('c2bc5c47-add3-5f7d-b5ca-23022c7696d2');
});
