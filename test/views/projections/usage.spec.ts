import {
  cellPrefix,
  usage as usageView,
  type CellKind,
  type Grain,
  type UsageDocument,
} from '../../../src/views/projections/usage.js';
import { ACCOUNT, ADA, BOB, NOON, usage } from '../events.js';
import { documentsGiven } from '../plain-book.js';

const HOUR = 3_600_000;

/** Requests by document, as `<scope> <kind> <period> <key>`. */
function requestsGiven(...events: Parameters<typeof documentsGiven>[1][number][]): Record<string, number> {
  const documents = documentsGiven<UsageDocument>(usageView, events);
  return Object.fromEntries(
    [...documents.values()].map(({ customer, account, kind, period, key, totals }) => [
      `${customer ?? account} ${kind} ${period} ${key}`,
      totals.requests,
    ]),
  );
}

const MINI = 'chat.completions fc:openai/gpt-4o-mini';

describe('usage', () => {
  it('a call counts for its customer and its account, in its hour and its day', () => {
    expect(
      requestsGiven(
        usage(),
        usage({ occurredAt: NOON + HOUR - 1 }),
        usage({ occurredAt: NOON + HOUR }),
        usage({ customer: BOB }),
      ),
    ).toEqual({
      [`${ACCOUNT} call 2026-11-22T12 ${MINI}`]: 3,
      [`${ACCOUNT} call 2026-11-22T13 ${MINI}`]: 1,
      [`${ACCOUNT} call 2026-11-22 ${MINI}`]: 4,
      [`${ADA} call 2026-11-22T12 ${MINI}`]: 2,
      [`${ADA} call 2026-11-22T13 ${MINI}`]: 1,
      [`${ADA} call 2026-11-22 ${MINI}`]: 3,
      [`${BOB} call 2026-11-22T12 ${MINI}`]: 1,
      [`${BOB} call 2026-11-22 ${MINI}`]: 1,
    });
  });

  it('models are summed apart, and everything about a call is summed', () => {
    const other = usage({
      data: {
        provider: 'ollama',
        refUsed: 'fc:ollama/llama3',
        outcome: 'failed',
        costNanoUsd: null,
        flags: ['unpriced', 'estimated'],
      },
    });
    const documents = documentsGiven<UsageDocument>(usageView, [
      usage(),
      usage({ data: { billableNanoUsd: '250' } }),
      other,
    ]);
    expect(documents.get(`${cellPrefix(ADA, 'call', 'day', '2026-11-22')}/${MINI}`)).toMatchObject({
      id: `${ADA}/call/day/2026-11-22/${MINI}`,
      position: 2,
      account: ACCOUNT,
      customer: ADA,
      scope: 'customer',
      kind: 'call',
      grain: 'day',
      period: '2026-11-22',
      key: MINI,
      endpoint: 'chat.completions',
      provider: 'openai',
      refUsed: 'fc:openai/gpt-4o-mini',
      totals: {
        requests: 2,
        failedRequests: 0,
        inputTokens: 24,
        cachedInputTokens: 4,
        cacheWriteTokens: 2,
        outputTokens: 12,
        reasoningTokens: 6,
        costNanoUsd: '200',
        billableNanoUsd: '250',
        unpricedRequests: 0,
        estimatedRequests: 0,
      },
    });
    expect(
      documents.get(`${cellPrefix(ACCOUNT, 'call', 'hour', '2026-11-22T12')}/chat.completions fc:ollama/llama3`),
    ).toMatchObject({
      customer: null,
      scope: 'account',
      provider: 'ollama',
      totals: { requests: 1, failedRequests: 1, costNanoUsd: '0', unpricedRequests: 1, estimatedRequests: 1 },
    });
  });

  it('tags, sessions and properties are summed for the customer only, a call with several tags under each', () => {
    const personal = { tags: ['a', 'b'], sessionId: 's1', properties: { env: 'prod', Team: 'x/y' } };
    const counted = requestsGiven(usage({ personal }), usage({ personal: { tags: ['b'] } }), usage());
    const ofDay = Object.entries(counted).filter(([key]) => key.includes(' 2026-11-22 ') && !key.includes(' call '));
    expect(Object.fromEntries(ofDay)).toEqual({
      [`${ADA} tag 2026-11-22 a`]: 1,
      [`${ADA} tag 2026-11-22 b`]: 2,
      [`${ADA} tagged 2026-11-22 `]: 2,
      [`${ADA} session 2026-11-22 s1`]: 1,
      [`${ADA} property:env 2026-11-22 prod`]: 1,
      [`${ADA} property:team 2026-11-22 x/y`]: 1,
    });
  });

  it('a call whose key is gone counts without attribution', () => {
    expect(Object.keys(requestsGiven(usage({ personal: null }))).every((key) => key.includes(' call '))).toBe(true);
  });

  it('names from callers cannot reach into another sum', () => {
    const names = ['a/day/2026-11-22', '__proto__', 'constructor', 'ü ', 'x'.repeat(64)];
    const events = names.map((name) =>
      usage({ personal: { properties: JSON.parse(`{${JSON.stringify(name)}:"v"}`) as Record<string, string> } }),
    );
    const documents = documentsGiven<UsageDocument>(usageView, events);
    const within = (kind: CellKind, grain: Grain) =>
      [...documents.keys()].filter((key) => key.startsWith(cellPrefix(ADA, kind, grain, '')));
    expect(within('property:a', 'day')).toEqual([]);
    expect(within('property:__proto__', 'day')).toHaveLength(1);
    expect(within('property:constructor', 'day')).toHaveLength(1);
    expect(documents.size).toBe(2 * (2 + names.length));
  });

  it('a million small sums are exact (R22)', () => {
    const event = usage({ data: { costNanoUsd: '9007199254740993', billableNanoUsd: '1' } });
    const recorded = {
      event,
      stored: { id: '', type: '', data: '', metadata: {}, stream: 'statement-x', revision: 0, position: 1 } as const,
    };
    const key = usageView.keysOf(recorded)[0]!;
    let document: UsageDocument | undefined;
    for (let call = 0; call < 1_000_000; call++) document = usageView.evolve(document, recorded, key) as UsageDocument;
    expect(document!.totals).toMatchObject({
      requests: 1_000_000,
      costNanoUsd: '9007199254740993000000',
      billableNanoUsd: '1000000',
      inputTokens: 12_000_000,
    });
  });
});
