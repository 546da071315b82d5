import { ERRORS, type ErrorCode } from '../../src/domain/errors.js';
import { usageIn } from './closing-assertions.js';
import type { Ringside } from './ringside.js';

/** The error object of the envelope. */
export interface ShownError {
  readonly message: string;
  readonly type: string;
  readonly code: ErrorCode;
  readonly param: string | null;
}

/** The parts of an answered call that tell of a failure. */
interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Reads an answer to its end. */
export async function answered(call: Response | Promise<Response>): Promise<Answered> {
  const response = await call;
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/**
 * What a caller must see of a call that failed upstream before its first byte: the code's own status and type in the
 * envelope, whether streamed or not, and when to try again. And what the house must know of it: see
 * `expectBookedFailure`.
 * @param isHopeless trying again cannot help, although the status does not say so
 */
export async function expectFailure(
  ringside: Ringside,
  { status, headers, text }: Answered,
  code: ErrorCode,
  isHopeless = code === 'upstream_auth_failed',
): Promise<ShownError> {
  const row = ERRORS[code];
  const shown = JSON.parse(text) as { error: ShownError };
  expect([status, shown]).toEqual([
    row.status,
    { error: { message: expect.any(String), type: row.type, code, param: shown.error.param } },
  ]);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('x-request-id')).toMatch(/^req_[0-9A-Za-z]{24}$/);
  expect(headers.get('x-should-retry')).toBe(
    row.status === 400 || isHopeless ? 'false' : row.status === 503 ? 'true' : null,
  );
  expect(headers.has('retry-after')).toBe(row.status === 429 || row.status === 503);
  expect(Number(headers.get('x-ringside-overhead-ms'))).toBeGreaterThan(0);
  await expectBookedFailure(ringside, headers.get('x-request-id')!, code);
  return shown.error;
}

/**
 * A call that failed before it gave anything is booked once, costs nothing, stands in the request log and counts as
 * failed.
 */
export async function expectBookedFailure(ringside: Ringside, requestId: string, code: ErrorCode): Promise<void> {
  const all = await usageIn(ringside);
  const { status } = ERRORS[code];
  expect(all.filter((usage) => usage.requestId === requestId).map(({ data }) => data)).toEqual([
    expect.objectContaining({
      outcome: 'failed',
      status,
      errorCode: code,
      costNanoUsd: '0',
      tokens: {
        input: 0,
        cachedInput: 0,
        cacheWrite: 0,
        cacheWrite1h: 0,
        output: 0,
        reasoning: 0,
        audioInput: 0,
        audioOutput: 0,
      },
    }),
  ]);
  expect(await ringside.get(`/v1/requests/${requestId}`)).toMatchObject({
    status,
    outcome: 'failed',
    error_code: code,
    cost_usd: 0,
    output_tokens: 0,
  });
  const failed = all.filter(({ data }) => data.outcome === 'failed').length;
  expect(await ringside.get('/v1/usage')).toMatchObject({ total: { requests: all.length, failed_requests: failed } });
}
