import type { InferenceBody } from '../../domain/call/call.js';
import { RingsideError } from '../../domain/errors.js';
import type { UsagePersonal } from '../../domain/events/usage-recorded.js';
import { isId } from '../../domain/ids.js';
import { LIMITS } from '../../domain/limits.js';
import { parseUsd, type NanoUsd } from '../../domain/money.js';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** For whom a call is, as the caller said it: a customer's id and where it stood, or an external id. */
export type CustomerName =
  | { readonly kind: 'id'; readonly id: string; readonly param: string }
  | { readonly kind: 'external'; readonly externalId: string };

/** What the caller said about a call beside the request itself (api.md §3). */
export interface Attribution {
  readonly customer: CustomerName | undefined;
  /** What the developer charges for the call. */
  readonly billable: NanoUsd | undefined;
  /** Undefined when none of tags, properties and session was given. */
  readonly personal: UsagePersonal | undefined;
}

const PROPERTY_PREFIX = 'fc-property-';

/** The fields of a body that may name a customer. */
type Named = Pick<InferenceBody, 'user' | 'safety_identifier'>;

/**
 * Reads and checks the attribution headers and what of the body names a customer: `user`, or `safety_identifier`, by
 * which OpenAI's SDKs replace it, where nothing else does. A malformed one is `invalid_parameter` naming it.
 */
export function checkAttribution(body: Named, headers: Headers): Attribution {
  const tags = tagsOf(headers);
  const properties = propertiesOf(headers);
  const sessionId = single(headers, 'fc-session-id', 'FC-Session-Id');
  if (sessionId !== undefined) requireText('FC-Session-Id', sessionId, LIMITS.sessionIdLength);
  const personal: UsagePersonal = {
    ...(tags.length > 0 && { tags }),
    ...(properties && { properties }),
    ...(sessionId !== undefined && { sessionId }),
  };
  return {
    customer: customerOf(body, headers),
    billable: billableOf(headers),
    personal: Object.keys(personal).length > 0 ? personal : undefined,
  };
}

function customerOf({ user, safety_identifier: identifier }: Named, headers: Headers): CustomerName | undefined {
  const named = single(headers, 'fc-customer', 'FC-Customer');
  const byHeader = named === undefined ? undefined : parseCustomerName(named, 'FC-Customer');
  const byBody = isNobody(user) ? undefined : parseCustomerName(user, 'user');
  if (byHeader && byBody && idOf(byHeader) !== idOf(byBody)) {
    throw new RingsideError('attribution_conflict', 'user and FC-Customer name different customers', { param: 'user' });
  }
  if (!isNobody(identifier) && typeof identifier !== 'string') throw malformed('safety_identifier', 'a string');
  return byBody ?? byHeader ?? (isNobody(identifier) ? undefined : parseCustomerName(identifier, 'safety_identifier'));
}

/** Different for any two customers. */
function idOf(name: CustomerName): string {
  return name.kind === 'id' ? name.id : `ext:${name.externalId}`;
}

/** OpenAI takes an empty text for nobody. An empty `FC-Customer` can only be a mistake, and is refused. */
function isNobody(name: unknown): boolean {
  return name === undefined || name === null || name === '';
}

/** A `cust_…` id, `ext:<external id>` or a bare external id. */
function parseCustomerName(value: unknown, param: string): CustomerName {
  if (typeof value !== 'string') throw malformed(param, 'a string');
  if (isId('cust', value)) return { kind: 'id', id: value, param };
  const externalId = value.startsWith('ext:') ? value.slice('ext:'.length) : value;
  requireText(param, externalId, LIMITS.externalIdLength);
  return { kind: 'external', externalId };
}

function tagsOf(headers: Headers): string[] {
  const value = headers['fc-tag'];
  if (value === undefined) return [];
  const tags = (typeof value === 'string' ? value : value.join(',')).split(',').map((tag) => utf8(tag).trim());
  if (tags.length > LIMITS.tagsPerCall) throw malformed('FC-Tag', `at most ${LIMITS.tagsPerCall} tags`);
  for (const tag of tags) requireText('FC-Tag', tag, LIMITS.tagLength);
  return [...new Set(tags)];
}

function propertiesOf(headers: Headers): Record<string, string> | undefined {
  const properties: [string, string][] = [];
  for (const header in headers) {
    if (!header.startsWith(PROPERTY_PREFIX)) continue;
    const name = header.slice(PROPERTY_PREFIX.length);
    const label = `FC-Property-${name}`;
    if (name === '' || name.length > LIMITS.propertyNameLength)
      throw malformed('FC-Property-<Name>', `given with a name of 1 to ${LIMITS.propertyNameLength} characters`);
    const value = single(headers, header, label)!;
    requireText(label, value, LIMITS.propertyValueLength);
    properties.push([name, value]);
  }
  if (properties.length > LIMITS.propertiesPerCall)
    throw malformed('FC-Property-<Name>', `given at most ${LIMITS.propertiesPerCall} times`);
  return properties.length > 0 ? Object.fromEntries(properties) : undefined;
}

function billableOf(headers: Headers): NanoUsd | undefined {
  const value = single(headers, 'x-fc-billable-amount', 'X-FC-Billable-Amount');
  if (value === undefined) return undefined;
  const amount = parseUsd(value);
  if (amount === undefined)
    throw malformed('X-FC-Billable-Amount', 'a decimal amount of USD, not negative, with at most 9 decimals');
  return amount;
}

/** A header's one value. Node joins repeated headers with a comma, except for those that come as arrays. */
function single(headers: Headers, name: string, label: string): string | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw malformed(label, 'given once');
  return utf8(value).trim();
}

/** Header bytes reach us as Latin-1; callers write UTF-8. Bytes that are not UTF-8 stay as they are. */
function utf8(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}

function requireText(param: string, value: string, maxLength: number): void {
  if (value === '' || value.length > maxLength) throw malformed(param, `1 to ${maxLength} characters long`);
  if (/\p{Cc}/u.test(value)) throw malformed(param, 'free of control characters');
  if (!value.isWellFormed()) throw malformed(param, 'well-formed Unicode');
}

function malformed(param: string, mustBe: string): RingsideError {
  return new RingsideError('invalid_parameter', `${param} must be ${mustBe}`, { param });
}
