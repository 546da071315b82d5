import { RingsideError, type ErrorCode } from '../../../src/domain/errors.js';
import { RetryPolicy } from '../../../src/upstream/errors/retry-policy.js';

const REQUEST = 'req_0060abcdefghijklmnopqrst';
const of = (code: ErrorCode, options: ConstructorParameters<typeof RingsideError>[2] = {}) => ({
  error: new RingsideError(code, 'x', options),
  isCorrectable: false,
  ageMs: 10,
});
const down = of('upstream_unavailable');
const wrongForm = { ...of('response_schema_validation_failed'), isCorrectable: true };

/** The attempts after a first one, when all of them fail in the same way. */
function following(failure: typeof down, { models = 1, retries = 2 } = {}) {
  const course = new RetryPolicy(REQUEST, models, retries);
  const kinds: string[] = [];
  for (let next = course.after(failure); next; next = course.after(failure)) kinds.push(`${next.kind} ${next.place}`);
  return kinds;
}

describe('the course of a call', () => {
  it.each<[string, typeof down, string[]]>([
    ['that is unavailable', down, ['retried 0', 'retried 0']],
    [
      'whose rate limit is reached',
      of('upstream_quota_exceeded', { retryAfterMs: 10_000 }),
      ['retried 0', 'retried 0'],
    ],
    ['that answers nonsense', of('upstream_invalid_response'), ['retried 0', 'retried 0']],
    ['that asks for a longer wait than is waited', of('upstream_quota_exceeded', { retryAfterMs: 10_001 }), []],
    ['whose bill is not paid', of('upstream_quota_exceeded', { shouldRetry: false }), []],
    ['that refuses the key', of('upstream_auth_failed'), []],
    ['that refuses the request', of('upstream_invalid_request'), []],
    ['that finds the prompt too long', of('upstream_context_length_exceeded'), []],
    ['that is unavailable for a call a minute old', { ...down, ageMs: 60_001 }, []],
    ['that gives the wrong form', wrongForm, ['corrected 0', 'corrected 0']],
    ['that gives the wrong form in a way that telling it cannot help', { ...wrongForm, isCorrectable: false }, []],
  ])('tries one model %s again, or not', (_, failure, attempts) => {
    expect(following(failure)).toEqual(attempts);
  });

  it.each<[string, typeof down, string[]]>([
    ['unavailable', down, ['fallen back 1', 'fallen back 2']],
    [
      'out of quota, however long',
      of('upstream_quota_exceeded', { retryAfterMs: 86_400_000 }),
      ['fallen back 1', 'fallen back 2'],
    ],
    ['out of money', of('upstream_quota_exceeded', { shouldRetry: false }), ['fallen back 1', 'fallen back 2']],
    ['answering nonsense', of('upstream_invalid_response'), ['fallen back 1', 'fallen back 2']],
    ['refusing the request', of('upstream_invalid_request'), []],
    ['refusing the prompt', of('upstream_content_filter'), []],
    [
      'giving the wrong form',
      wrongForm,
      [
        'corrected 0',
        'corrected 0',
        'fallen back 1',
        'corrected 1',
        'corrected 1',
        'fallen back 2',
        'corrected 2',
        'corrected 2',
      ],
    ],
  ])('tries each of several models once when they are %s', (_, failure, attempts) => {
    expect(following(failure, { models: 3 })).toEqual(attempts);
  });

  it('tries nothing again when no retries are wanted', () => {
    expect(following(down, { retries: 0 })).toEqual([]);
  });

  it('corrects, then tries again, whatever comes in whatever order', () => {
    const course = new RetryPolicy(REQUEST, 1, 1);
    expect(course.after(wrongForm)?.kind).toBe('corrected');
    expect(course.after(down)?.kind).toBe('retried');
    expect(course.after(wrongForm)?.kind).toBe('corrected');
    expect(course.after(down)).toBeUndefined();
  });

  it('waits at least as long as the provider asks, and not much longer', () => {
    for (const retryAfterMs of [0, 1, 250, 9_999]) {
      const waitMs = new RetryPolicy(REQUEST, 1, 2).after(of('upstream_unavailable', { retryAfterMs }))!.waitMs;
      expect(waitMs).toBeGreaterThanOrEqual(retryAfterMs);
      expect(waitMs).toBeLessThanOrEqual(retryAfterMs * 1.25);
    }
  });

  it('waits longer each time otherwise, up to a bound, and never two calls alike', () => {
    const course = new RetryPolicy(REQUEST, 1, 10);
    const longest = [500, 1000, 2000, 4000, 8000, 8000];
    for (const most of longest) {
      const { waitMs } = course.after(down)!;
      expect(waitMs).toBeGreaterThanOrEqual(most / 2);
      expect(waitMs).toBeLessThanOrEqual(most);
    }
    const waits = Array.from({ length: 100 }, (_, call) => new RetryPolicy(`req_${call}`, 1, 2).after(down)!.waitMs);
    expect(new Set(waits).size).toBe(100);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(150);
  });
});
