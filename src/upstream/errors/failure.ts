import { RingsideError, type ErrorCode } from '../../domain/errors.js';
import type { CallerText } from './caller-text.js';
import { readFailureBody, readFailureObject, type FailureBody } from './failure-body.js';
import type { JsonObject } from '../json/json.js';
import type { ErrorQuirks } from '../quirks.js';
import { redacted } from './redaction.js';
import { retryAfterMs } from './retry-after.js';
import { headerOf, type WireHeaders } from '../wire.js';

/**
 * What is needed to describe a failure: the provider's name, the secrets to remove from the message, and the current
 * time in Unix milliseconds.
 */
export interface FailureContext {
  readonly provider: string;
  readonly secrets: readonly string[];
  readonly nowMs: number;
  /** What statuses and empty bodies mean at this provider, if it differs. */
  readonly quirks?: ErrorQuirks | undefined;
  /** The text of the request. It says nothing about the error if the provider repeats it. */
  readonly callers?: CallerText;
}

/** The status and the body of one error. */
interface Sign {
  readonly status: number;
  readonly body: FailureBody;
  /** The text to classify: the message without the caller's text, and the provider's codes, one line each. */
  readonly searchText: string;
}

const RATE =
  /rate.?limit|too[ _]many[ _]requests|throttl|please wait before trying|tokens per (minute|day)|quota.{0,20}(per|exceed)|RESOURCE_EXHAUSTED/i;
const BILLING =
  /insufficient[_ ](quota|balance|credit)|credit balance is too low|exceeded your (current quota|monthly included credits)|billing (hard )?limit|payment required|spending limit|account .*suspended|billing_not_active|account is not active|key limit exceeded|out of credits|specified (workspace )?API usage limits/i;
const CONTEXT = new RegExp(
  [
    'context[_ ]length[_ ]exceeded',
    'TOO_MANY_TOKENS',
    'too_many_prompt_tokens',
    'prompt is too long',
    'input length and .?max_tokens.? exceed context limit',
    'maximum context length',
    'exceeds the context window',
    'input token count.*(exceeds the maximum|context length)',
    'input is too long|input tokens exceeded|too many input tokens|expected maxLength',
    String.raw`maximum prompt length is \d+`,
    'reduce the length of (the|your) (messages|prompt)',
    String.raw`current length is \d+ while limit is \d+`,
    String.raw`too large for model with \d+ maximum context`,
    String.raw`^too many tokens|size limit exceeded by \d+ tokens`,
    'total length of all messages is too long',
    String.raw`\`?inputs\`? tokens \+ \`?max_new_tokens\`? must be`,
    'prompt too long; exceeded max context length|exceeds the available context size|greater than the context length',
    String.raw`exceeds\b.{0,60}\bcontext (length|window|size)`,
    "is longer than the model'?s context length|exceeds (the )?model'?s? maximum (context )?length",
  ].join('|'),
  'im',
);
const PARAMETER_CHECK = /string_above_max_length|Invalid 'user'/;
const CONTENT_FILTER =
  /content_filter|content_policy_violation|invalid_prompt|ResponsibleAIPolicyViolation|content (management|filtering) policy|safety system|usage (policy|guidelines)|Content Exists Risk|blocked by content|flagged (as|by)|moderation/i;
/** Messages about a request that was accepted and then failed, so that no status shows the cause. */
const FLAGGED = /\bNSFW\b|\(E005\)|flagged as sensitive/i;
const AUTH =
  /api key (not valid|.*invalid)|invalid[_ ](x-)?api[_ -]?key|incorrect api key|invalid (api )?token|no api key|authentication|unauthori[sz]ed|security token included in the request is (invalid|expired)|signature we calculated does not match|API_KEY_INVALID|wrong_api_key|permission|FAILED_PRECONDITION|UnrecognizedClient|InvalidSignature|ExpiredToken|AccessDenied/i;
const CREDITS = /\bcredits\b/i;
/** Some providers say it of money, others of requests per minute. */
const CURRENT_QUOTA = /exceeded your current quota/gi;
const BLOCKED = /\bblocked\b/i;
const NOT_READY = /ModelNotReady/;
const RATE_STATUSES = new Set([400, 403, 413, 429, 498]);
const UNAVAILABLE_STATUSES = new Set([408, 409, 424, 425, 499]);

/** Statuses that always concern the request, even if a proxy sends them with a web page. */
const OF_THE_REQUEST = new Set([413, 414, 415, 431]);
const MALFORMED_STATUSES = new Set([400, 404, 422]);

/** Codes that name the wrong part of the request. The rest of the message is then about that part. */
const FAULT_OF_REQUEST = new RegExp(
  [
    String.raw`invalid_(function|tool|json|schema|value|type|image|base64|url|parameter|argument|message|role|enum|field)\w*`,
    String.raw`(unsupported|missing|unknown|unrecognized|duplicate|extra)_\w*(parameter|value|argument|type|field|model|property|tool|function)\w*`,
    String.raw`tool_use_failed|json_validate_failed|model_not_found|DeploymentNotFound|\w+_(above|below)_(max|min)\w*`,
  ]
    .map((source) => `^(${source})$`)
    .join('|'),
);

/** All patterns that classify a message. */
const SIGNS = new RegExp(
  [RATE, BILLING, CONTEXT, CONTENT_FILTER, FLAGGED, AUTH, CREDITS, BLOCKED, NOT_READY]
    .map(({ source }) => `(?:${source})`)
    .join('|'),
  'im',
);

/** The status for an error type, if the error has no status (in a stream, or under HTTP 200). */
const STATUS_OF_TYPE: ReadonlyMap<string | undefined, number> = new Map([
  ['invalid_request_error', 400],
  ['content_filter', 400],
  ['content_policy_violation', 400],
  ['invalid_prompt', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['validation', 422],
  ['template_error', 422],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['too_many_requests_error', 429],
  ['insufficient_quota', 429],
]);

/** The longest text that is classified. The cause is at the beginning, and patterns are slow on long texts. */
const LONGEST_READ = 2000;

/** The error for the caller when a provider answers with an error status. Never throws. */
export function failureOfStatus(
  context: FailureContext,
  status: number,
  headers: WireHeaders,
  text: string,
): RingsideError {
  const body = readFailureBody(text);
  // Amazon names the error in a header: `ValidationException:http://…`.
  const type = body.type ?? headerOf(headers, 'x-amzn-errortype')?.split(':')[0];
  return failure(context, signOf(context, status, { ...body, type }), headers);
}

/**
 * The error for the caller when an error comes in place of an answer: under HTTP 200, or in a stream.
 * @param code set if the wire family knows it already
 */
export function failureInBand(context: FailureContext, error: JsonObject, code?: ErrorCode): RingsideError {
  const body = readFailureObject(error);
  const byCode = FAULT_OF_REQUEST.test(body.code ?? '') ? 400 : 500;
  const status = body.status ?? STATUS_OF_TYPE.get(body.type) ?? STATUS_OF_TYPE.get(body.code) ?? byCode;
  return failure(context, signOf(context, status, body), {}, code);
}

function signOf({ callers }: FailureContext, status: number, body: FailureBody): Sign {
  const original = beginning(body.message);
  const message = callers ? callers.removeFrom(original, SIGNS) : original;
  return { status, body, searchText: [message, beginning(body.code), beginning(body.type)].join('\n') };
}

function failure(
  context: FailureContext,
  sign: Sign,
  headers: WireHeaders,
  code = codeOf(sign, context),
): RingsideError {
  const { provider, secrets, nowMs } = context;
  const { status, body } = sign;
  const waits = code === 'upstream_quota_exceeded' || code === 'upstream_unavailable';
  const named = waits ? (body.retryAfterMs ?? retryAfterMs(headers, beginning(body.message), nowMs)) : undefined;
  const isBilling =
    code === 'upstream_quota_exceeded' && (isUnpaid(sign, context) || isAboutMoney(sign, named !== undefined));
  const readable = body.message === undefined ? '' : redacted(body.message, secrets, context.callers);
  const text = readable === '' ? `answered HTTP ${status}${body.isHtml ? ' with a web page' : ''}` : readable;
  return new RingsideError(code, `${provider}: ${text}`, {
    param: body.param === undefined ? null : redacted(body.param, secrets, context.callers),
    retryAfterMs: named,
    ...((isBilling || code === 'upstream_auth_failed') && { shouldRetry: false }),
  });
}

/**
 * The order matters: rates before context, because both mention tokens; context before keys, because both come as 400.
 */
function codeOf(sign: Sign, context: FailureContext): ErrorCode {
  const { status, body, searchText } = sign;
  const clientSide = status >= 400 && status < 500;
  if (NOT_READY.test(searchText)) return 'upstream_unavailable';
  if (MALFORMED_STATUSES.has(status) && body.code !== undefined && FAULT_OF_REQUEST.test(body.code))
    return 'upstream_invalid_request';
  if (status === 429 || body.status === 429 || (RATE.test(searchText) && (RATE_STATUSES.has(status) || status >= 500)))
    return 'upstream_quota_exceeded';
  if (isUnpaid(sign, context) || BILLING.test(searchText)) return 'upstream_quota_exceeded';
  if (isTooLong(sign, context)) return 'upstream_context_length_exceeded';
  if (FLAGGED.test(searchText)) return 'upstream_content_filter';
  if (clientSide && (CONTENT_FILTER.test(searchText) || (status === 498 && BLOCKED.test(searchText))))
    return 'upstream_content_filter';
  const own = context.quirks?.statusCodes?.[status];
  if (own) return own;
  if (status === 401 || status === 403 || status === 407 || AUTH.test(searchText)) return 'upstream_auth_failed';
  if (!clientSide || (body.isHtml && !OF_THE_REQUEST.has(status)) || UNAVAILABLE_STATUSES.has(status))
    return 'upstream_unavailable';
  return 'upstream_invalid_request';
}

/** The status means that someone must pay, or access is denied with a message about credits. */
function isUnpaid({ status, searchText }: Sign, { quirks }: FailureContext): boolean {
  if (status === 402 || quirks?.statusCodes?.[status] === 'upstream_quota_exceeded') return true;
  return (status === 401 || status === 403) && CREDITS.test(searchText);
}

/** Waiting does not help if money is missing. It helps if the message names the end of a quota. */
function isAboutMoney({ searchText }: Sign, endIsNamed: boolean): boolean {
  return BILLING.test(endIsNamed ? searchText.replace(CURRENT_QUOTA, '') : searchText);
}

function isTooLong({ status, body, searchText }: Sign, { quirks }: FailureContext): boolean {
  if (CONTEXT.test(searchText)) return !PARAMETER_CHECK.test(searchText);
  return quirks?.emptyErrorIsContext === true && (status === 400 || status === 413) && isEmpty(body) && !body.isHtml;
}

function isEmpty({ message, code, type }: FailureBody): boolean {
  return [message, code, type].every((text) => (text ?? '').trim() === '');
}

function beginning(text: string | undefined): string {
  return text === undefined ? '' : text.slice(0, LONGEST_READ);
}
