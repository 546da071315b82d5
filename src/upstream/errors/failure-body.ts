import { asObject, asText, objectsOf, parseJson, type JsonObject } from '../json/json.js';

/** The content of a provider's error body, in any form. */
export interface FailureBody {
  /** Undefined if the body has no readable text. */
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** An HTTP status in the body. */
  readonly status: number | undefined;
  /** A web page: a proxy or load balancer answered, not the provider. Its text is not shown. */
  readonly isHtml: boolean;
  /** The wait in a field of the body, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

const NOTHING: FailureBody = {
  message: undefined,
  type: undefined,
  code: undefined,
  param: undefined,
  status: undefined,
  isHtml: false,
  retryAfterMs: undefined,
};

/** The error of a streaming request may be an event, whatever its status. */
const IN_EVENT = /^(?:event:[^\r\n]*\r?\n)?data:[ \t]*([^\r\n]+)/;

/** Reads an error body: JSON in any form that providers use, plain text, a web page, or nothing. */
export function readFailureBody(text: string): FailureBody {
  const trimmed = text.trim();
  if (trimmed === '') return NOTHING;
  if (trimmed.startsWith('<')) return { ...NOTHING, isHtml: true };
  const data = IN_EVENT.exec(trimmed)?.[1] ?? trimmed;
  const json = parseJson(data);
  const body = asObject(Array.isArray(json) ? (json as unknown[])[0] : json);
  return readFailureObject(body ?? { message: typeof json === 'string' ? json : data });
}

/** How deeply errors inside error messages are read. Each proxy may add one level. */
const DEEPEST_TEXT = 3;

/** Whether an `error` field holds an error. Some servers write an empty one into every answer. */
export function isError(error: unknown): boolean {
  return typeof error === 'object' && error !== null ? Object.keys(error).length > 0 : Boolean(error);
}

/** Whether a body has an error, in a field of any provider. */
export function saysFailure(body: JsonObject): boolean {
  const { error, message, detail, errors } = body;
  return (
    isError(error) ||
    [message, detail, errors].some((field) => asObject(field) === undefined && messageOf(field) !== undefined)
  );
}

/**
 * Reads an error that is parsed already: a body, or an event of a stream. If its message is itself an error as JSON
 * text, that inner error counts.
 */
export function readFailureObject(body: JsonObject, depth = 0): FailureBody {
  const outer = readOuter(body);
  const inner = depth < DEEPEST_TEXT ? errorIn(outer.message) : undefined;
  if (!inner) return outer;
  const { message, type, code, param, status, retryAfterMs } = readFailureObject(inner, depth + 1);
  return {
    ...outer,
    message: message ?? outer.message,
    type: type ?? outer.type,
    code: code ?? outer.code,
    param: outer.param ?? param,
    status: status ?? outer.status,
    retryAfterMs: outer.retryAfterMs ?? retryAfterMs,
  };
}

/** An error in a JSON text. Undefined for any other text. */
function errorIn(text: string | undefined): JsonObject | undefined {
  if (text === undefined || !/^\s*[[{]/.test(text)) return undefined;
  const json = parseJson(text);
  const error = asObject(Array.isArray(json) ? (json as unknown[])[0] : json);
  return error && saysFailure(error) ? error : undefined;
}

function readOuter(body: JsonObject): FailureBody {
  const nested = asObject(body['error']) ?? asObject(body['fault']) ?? asObject(body['message']);
  const error = nested ?? body;
  const metadata = asObject(error['metadata']);
  const behind = errorIn(asText(metadata?.['raw']));
  const message = nested ? messageOf(nested) : (messageOf(body['error']) ?? messageOf(body));
  const statuses = [
    error['code'],
    error['status'],
    error['status_code'],
    body['status_code'],
    body['statusCode'],
    body['status'],
  ];
  return {
    message: joined(message, rawText(metadata?.['raw'])),
    type:
      asText(error['type']) ??
      asText(error['error_type']) ??
      asText(error['__type']) ??
      asText(error['status']) ??
      asText(body['type']) ??
      asText(metadata?.['error_type']),
    code:
      asText(error['code']) ??
      asText(body['code']) ??
      reasonOf(error) ??
      (behind && readFailureObject(behind, DEEPEST_TEXT).code),
    param: asText(error['param']) ?? asText(body['param']),
    status: statuses.map(statusIn).find((status) => status !== undefined),
    isHtml: false,
    retryAfterMs: retryDelayMs(error['details']) ?? secondsIn(body['retry_after']) ?? secondsIn(body['estimated_time']),
  };
}

/** The reason of an error without a code: moderation, or a reason in its details. */
function reasonOf(error: JsonObject): string | undefined {
  const metadata = asObject(error['metadata']);
  if (metadata && ('reasons' in metadata || 'flagged_input' in metadata)) return 'content_filter';
  const named = objectsOf(error['details']).map((detail) => asText(detail['reason']));
  return asText(asObject(error['innererror'])?.['code']) ?? named.find((reason) => reason !== undefined);
}

/** The error of the provider behind a router, as text or JSON. */
function rawText(raw: unknown): string | undefined {
  return asText(raw) ?? (asObject(raw) && JSON.stringify(raw));
}

/** How deeply a message is searched. */
const DEEPEST_MESSAGE = 16;

/** The readable text of a message. It may be a string, a list of problems, or an object that holds one. */
function messageOf(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return asText(value);
  if (depth > DEEPEST_MESSAGE) return undefined;
  if (Array.isArray(value)) {
    const texts = value.map((one) => messageOf(one, depth + 1)).filter((text) => text !== undefined);
    return texts.length === 0 ? undefined : texts.join('; ');
  }
  const object = asObject(value);
  if (!object) return undefined;
  for (const field of ['message', 'Message', 'msg', 'detail', 'faultstring', 'title', 'error', 'errors']) {
    const text = messageOf(object[field], depth + 1);
    if (text === undefined) continue;
    const place = placeOf(object['loc']);
    return place === '' ? text : `${place}: ${text}`;
  }
  return undefined;
}

/** The path of a problem: names and indexes, from the outside in. */
function placeOf(steps: unknown): string {
  return Array.isArray(steps)
    ? steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')
    : '';
}

function joined(message: string | undefined, raw: string | undefined): string | undefined {
  return message !== undefined && raw !== undefined ? `${message}: ${raw}` : (message ?? raw);
}

/** An HTTP status, as a number or as digits. */
function statusIn(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}

function secondsIn(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? Math.ceil(value * 1000) : undefined;
}

/** Google's `RetryInfo` among the details of an error: `{"retryDelay":"3.5s"}`. */
function retryDelayMs(details: unknown): number | undefined {
  for (const detail of objectsOf(details)) {
    const delay = /^(\d+(?:\.\d+)?)s$/.exec(asText(detail['retryDelay']) ?? '');
    if (delay) return Math.ceil(Number(delay[1]) * 1000);
  }
  return undefined;
}
