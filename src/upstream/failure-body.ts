import { asObject, asText, parseJson, type JsonObject } from './json.js';

/** What a provider's error body says, whatever its shape. */
export interface FailureBody {
  /** Undefined when the body holds nothing a person could read. */
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** An HTTP status the body itself names. */
  readonly status: number | undefined;
  /** A web page: a proxy or load balancer answered, not the provider. Its text is for nobody. */
  readonly isHtml: boolean;
  /** A wait the body names in a field of its own, in milliseconds. */
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

/** Reads an error body: JSON in any of the shapes providers use, plain text, a web page, or nothing. */
export function readFailureBody(text: string): FailureBody {
  const trimmed = text.trim();
  if (trimmed === '') return NOTHING;
  if (trimmed.startsWith('<')) return { ...NOTHING, isHtml: true };
  const json = parseJson(trimmed);
  const body = asObject(Array.isArray(json) ? (json as unknown[])[0] : json);
  return body ? readFailureObject(body) : { ...NOTHING, message: typeof json === 'string' ? json : trimmed };
}

/** Reads an error that is JSON already: a body, or an event of a stream. */
export function readFailureObject(body: JsonObject): FailureBody {
  const nested = asObject(body['error']) ?? asObject(body['fault']) ?? asObject(body['message']);
  const error = nested ?? body;
  const metadata = asObject(error['metadata']);
  const message = nested ? messageOf(nested) : (messageOf(body['error']) ?? messageOf(body));
  const status = [error['code'], error['status'], error['status_code'], body['status_code'], body['statusCode'], body['status']].find(
    isStatus,
  );
  return {
    message: joined(message, asText(metadata?.['raw'])),
    type:
      asText(error['type']) ?? asText(error['error_type']) ?? asText(error['__type']) ?? asText(error['status']) ?? asText(body['type']),
    code:
      asText(error['code']) ??
      asText(body['code']) ??
      (metadata && ('reasons' in metadata || 'flagged_input' in metadata) ? 'content_filter' : undefined),
    param: asText(error['param']),
    status,
    isHtml: false,
    retryAfterMs: retryDelayMs(error['details']),
  };
}

/** The readable text of a message, which may be a string, a list of findings, or an object that holds one. */
function messageOf(value: unknown): string | undefined {
  if (typeof value === 'string') return asText(value);
  if (Array.isArray(value)) {
    const texts = value.map(messageOf).filter((text) => text !== undefined);
    return texts.length === 0 ? undefined : texts.join('; ');
  }
  const object = asObject(value);
  if (!object) return undefined;
  for (const field of ['message', 'Message', 'msg', 'detail', 'faultstring', 'title', 'error']) {
    const text = messageOf(object[field]);
    if (text !== undefined) return Array.isArray(object['loc']) ? `${object['loc'].join('.')}: ${text}` : text;
  }
  return undefined;
}

function joined(message: string | undefined, raw: string | undefined): string | undefined {
  return message !== undefined && raw !== undefined ? `${message}: ${raw}` : (message ?? raw);
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 400 && value < 600;
}

/** Google's `RetryInfo` among the details of an error: `{"retryDelay":"3.5s"}`. */
function retryDelayMs(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    const delay = /^(\d+(?:\.\d+)?)s$/.exec(asText(asObject(detail)?.['retryDelay']) ?? '');
    if (delay) return Math.ceil(Number(delay[1]) * 1000);
  }
  return undefined;
}
