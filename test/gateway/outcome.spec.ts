import { answered, failed } from '../../src/gateway/outcome.js';

const NOTHING_TRIED = { rateLimits: {}, tried: [] };

describe('the outcome of a call', () => {
  it('of a refusal shows where the rate limits stand, and that nothing was sent', () => {
    const rateLimits = { 'x-ratelimit-limit-requests': '1' };
    const error = new Error('refused');
    expect(failed(error, { rateLimits, tried: [] }, { upstreamMs: 0 })).toEqual({
      kind: 'failed',
      error,
      headers: rateLimits,
      upstreamMs: 0,
      isSent: false,
    });
  });

  it('names the references that were tried, and whether there was a fallback', () => {
    const headersOf = (tried: string[]) => failed(undefined, { ...NOTHING_TRIED, tried }, { upstreamMs: 0 }).headers;
    expect(headersOf([])).toEqual({});
    expect(headersOf(['fc:a/one'])).toEqual({
      'x-ringside-models-tried': 'fc:a/one',
      'x-ringside-fallback-triggered': 'false',
    });
    expect(headersOf(['fc:a/one', 'fc:b/two'])).toEqual({
      'x-ringside-models-tried': 'fc:a/one,fc:b/two',
      'x-ringside-fallback-triggered': 'true',
    });
  });

  it('of an answer names what served, and what it left of a wallet', () => {
    const answer = { kind: 'json' as const, body: Buffer.from('{}') };
    const wallet = { transaction: 'txn_1', debitNanoUsd: '1500000', balanceNanoUsd: '2000000000' };
    const outcome = answered(answer, { ...NOTHING_TRIED, served: 'fc:a/one', wallet }, { upstreamMs: 12, requests: 1 });
    expect(outcome).toMatchObject({ kind: 'answered', answer, upstreamMs: 12, isSent: true });
    expect(outcome.headers).toEqual({
      'x-ringside-model-used': 'fc:a/one',
      'x-ringside-wallet-balance': '2',
      'x-ringside-wallet-deducted': '0.0015',
    });
  });
});
