import { RingsideError, type ErrorCode } from '../domain/errors.js';
import { readFailureBody, readFailureObject, type FailureBody } from './failure-body.js';
import type { JsonObject } from './json.js';
import { redacted } from './redaction.js';
import { retryAfterMs } from './retry-after.js';
import type { WireHeaders } from './wire.js';

/** Whose failure it is: the provider's name for the message, its key to be kept out of it, and Unix milliseconds now. */
export interface FailureContext {
  readonly provider: string;
  readonly apiKey: string | undefined;
  readonly nowMs: number;
}

const RATE =
  /rate.?limit|too many requests|throttl|please wait before trying|tokens per (minute|day)|quota.{0,20}(per|exceed)|RESOURCE_EXHAUSTED/i;
const BILLING =
  /insufficient[_ ](quota|balance|credit)|credit balance is too low|exceeded your (current quota|monthly included credits)|billing (hard )?limit|payment required|spending limit|account .*suspended|out of credits/i;
const CONTEXT = new RegExp(
  [
    'context[_ ]length[_ ]exceeded',
    'TOO_MANY_TOKENS',
    'too_many_prompt_tokens',
    'prompt is too long',
    'input length and .?max_tokens.? exceed context limit',
    'maximum context length',
    'exceeds the context window',
    'input token count.*exceeds the maximum',
    'input is too long for requested model|input tokens exceeded|too many input tokens',
    String.raw`maximum prompt length is \d+`,
    'reduce the length of (the|your) (messages|prompt)',
    String.raw`current length is \d+ while limit is \d+`,
    String.raw`too large for model with \d+ maximum context`,
    String.raw`^too many tokens|size limit exceeded by \d+ tokens`,
    'total length of all messages is too long',
    String.raw`\`?inputs\`? tokens \+ \`?max_new_tokens\`? must be`,
    'prompt too long; exceeded max context length|exceeds the available context size|greater than the context length',
    "is longer than the model'?s context length|exceeds (the )?model'?s? maximum (context )?length",
  ].join('|'),
  'im',
);
const PARAMETER_CHECK = /string_above_max_length|Invalid 'user'/;
const CONTENT_FILTER =
  /content_filter|content_policy_violation|invalid_prompt|ResponsibleAIPolicyViolation|content (management|filtering) policy|safety system|usage (policy|guidelines)|Content Exists Risk|blocked by content|flagged (as|by)|moderation/i;
const AUTH =
  /api key (not valid|.*invalid)|invalid[_ ](x-)?api[_ -]?key|incorrect api key|invalid (api )?token|no api key|authentication|unauthori[sz]ed|security token included in the request is (invalid|expired)|signature we calculated does not match|API_KEY_INVALID|wrong_api_key|permission/i;
const RATE_STATUSES = new Set([400, 403, 413, 429, 498]);
const UNAVAILABLE_STATUSES = new Set([408, 409, 424, 425, 499]);

/** The statuses that an error without one, in the middle of a stream or under a 200, is worth by its type. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  rate_limit_error: 429,
  insufficient_quota: 429,
};

/** Error texts say what they are about at their beginning; patterns are slow on endless words. */
const LONGEST_READ = 2000;

/** A failure where nobody says how long it lasts. */
const DEFAULT_QUOTA_WAIT_MS = 1000;

/** What an error status of a provider means for the caller (providers.md §5); never throws. */
export function failureOfStatus(context: FailureContext, status: number, headers: WireHeaders, text: string): RingsideError {
  return failure(context, status, headers, readFailureBody(text));
}

/** What an error object means that came where an answer was due: under a 200, or in a stream. */
export function failureInBand(context: FailureContext, error: JsonObject): RingsideError {
  const body = readFailureObject(error);
  const status = body.status ?? STATUS_OF_TYPE[body.type ?? ''] ?? STATUS_OF_TYPE[body.code ?? ''] ?? 500;
  return failure(context, status, {}, body);
}

function failure({ provider, apiKey, nowMs }: FailureContext, status: number, headers: WireHeaders, body: FailureBody): RingsideError {
  const code = codeOf(status, body);
  const waits = code === 'upstream_quota_exceeded' || code === 'upstream_unavailable';
  const waitMs = waits ? (body.retryAfterMs ?? retryAfterMs(headers, beginning(body.message), nowMs)) : undefined;
  const readable = body.message === undefined ? '' : redacted(body.message, apiKey);
  const said = readable === '' ? `answered HTTP ${status}${body.isHtml ? ' with a web page' : ''}` : readable;
  return new RingsideError(code, `${provider}: ${said}`, {
    param: body.param === undefined ? null : redacted(body.param, apiKey),
    retryAfterMs: waitMs ?? (code === 'upstream_quota_exceeded' ? DEFAULT_QUOTA_WAIT_MS : undefined),
  });
}

/** The order decides: rate before context, since both speak of tokens; context before auth, since both come as 400. */
function codeOf(status: number, body: FailureBody): ErrorCode {
  const words = [body.message, body.code, body.type].map(beginning).join('\n');
  const clientSide = status >= 400 && status < 500;
  if (status === 429 || body.status === 429 || (RATE.test(words) && (RATE_STATUSES.has(status) || status >= 500)))
    return 'upstream_quota_exceeded';
  if (status === 402 || BILLING.test(words)) return 'upstream_quota_exceeded';
  if (CONTEXT.test(words) && !PARAMETER_CHECK.test(words)) return 'upstream_context_length_exceeded';
  if (clientSide && CONTENT_FILTER.test(words)) return 'upstream_content_filter';
  if (status === 401 || status === 403 || status === 407 || AUTH.test(words)) return 'upstream_auth_failed';
  if (!clientSide || body.isHtml || UNAVAILABLE_STATUSES.has(status)) return 'upstream_unavailable';
  return 'upstream_invalid_request';
}

function beginning(text: string | undefined): string {
  return text === undefined ? '' : text.slice(0, LONGEST_READ);
}
