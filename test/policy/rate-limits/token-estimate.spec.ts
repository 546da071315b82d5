import { estimateTokens } from '../../../src/policy/rate-limits/token-estimate.js';

describe('the token estimate of a call', () => {
  it.each<[string, Record<string, unknown>, string, number]>([
    ['a quarter of the bytes, rounded up, and 256 without a limit', {}, 'Hello', 2 + 256],
    ['bytes, not characters', {}, 'ü'.repeat(4), 2 + 256],
    ['max_tokens', { max_tokens: 10 }, 'four', 11],
    ['max_completion_tokens before max_tokens', { max_completion_tokens: 7, max_tokens: 10 }, '', 7],
    ['max_tokens where max_completion_tokens is null', { max_completion_tokens: null, max_tokens: 10 }, '', 10],
    ['the output n times', { max_tokens: 10, n: 3 }, 'four', 31],
    ['nonsense as if it were not there', { max_tokens: '9', n: -1 }, '', 256],
    ['numbers that are none', { max_completion_tokens: Number.NaN, max_tokens: Infinity, n: 0.5 }, '', 256],
  ])('counts %s', (_, fields, content, tokens) => {
    const body = { model: 'x', messages: [{ role: 'user', content }], ...fields };
    expect(estimateTokens({ endpoint: 'chat.completions', body })).toBe(tokens);
  });

  it.each<['embeddings' | 'moderations', unknown, number]>([
    ['embeddings', 'Hello', 2],
    ['embeddings', ['Hello', 'Hello'], 3],
    ['embeddings', [1, 2, 3], 3],
    ['embeddings', [[1, 2], [3]], 3],
    ['moderations', 'Hello', 2],
    ['moderations', ['Hello', 'Hello'], 3],
    ['moderations', [{ type: 'text', text: 'Hello' }, { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }], 2],
  ])('counts what %s read of %j, and no output', (endpoint, input, tokens) => {
    expect(estimateTokens({ endpoint, body: { model: 'x', input } })).toBe(tokens);
  }); // prettier-ignore
});
