import type { ProviderSecrets, ShownProviderKey } from '../../domain/events/provider-key-set.js';
import { RingsideError } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import type { OwnKeyTerms } from '../../domain/call/target.js';
import { isPublicHttps } from '../../network/public-https.js';

const { providerKeyLengthMin, providerKeyLength, providerSettingLength, baseUrlLength } = LIMITS;

/** A developer's own key for a provider, as the body of `PUT /v1/provider_keys/:provider` gives it. */
export interface GivenProviderKey {
  readonly key: ShownProviderKey;
  readonly secrets: ProviderSecrets;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * Reads the body: `api_key`, `base_url`, and the settings that the provider has; null is as good as left out. It is
 * complete: what it leaves out is not set. No message repeats what was sent.
 * @throws RingsideError `invalid_json`; `invalid_parameter` or `invalid_url` naming the field
 */
export function providerKeyFrom(body: unknown, provider: string, terms: OwnKeyTerms): GivenProviderKey {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RingsideError('invalid_json', 'the request body must be a JSON object');
  }
  const known = ['api_key', 'base_url', ...Object.keys(terms.settings)];
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const param = unknown.slice(0, 100);
    throw invalid(param, `is not a field of this request; for ${provider} there are ${known.join(', ')}`);
  }
  const given = body as Body;
  const apiKey = secretAt(given, 'api_key');
  if (apiKey === undefined) throw invalid('api_key', 'is needed');
  const settings: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const [name, { isSecret, form }] of Object.entries(terms.settings)) {
    const value = isSecret ? secretAt(given, name) : textAt(given, name, 1, providerSettingLength);
    if (value !== undefined && form && !form.pattern.test(value)) throw invalid(name, `must be ${form.words}`);
    if (value !== undefined) (isSecret ? secrets : settings)[name] = value;
  }
  const baseUrl = textAt(given, 'base_url', 1, baseUrlLength) ?? null;
  requirePlace(baseUrl ?? terms.homeOf({ ...settings, ...secrets }), provider);
  const secretsLastFour = Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, value.slice(-4)]));
  return {
    key: { provider, lastFour: apiKey.slice(-4), baseUrl, settings, secretsLastFour },
    secrets: { apiKey, settings: secrets },
  };
}

function requirePlace(place: string | undefined, provider: string): void {
  if (place !== undefined && isPublicHttps(place)) return;
  const message = 'base_url must be an https URL with a public host name, without credentials, query or fragment';
  const why = place === undefined ? `; ${provider} has no default address, so base_url is required` : '';
  throw new RingsideError('invalid_url', message + why, { param: 'base_url' });
}

/** Shorter ones would be told by the four characters that are shown of them; spaces come along when a key is copied. */
function secretAt(body: Body, name: string): string | undefined {
  const value = textAt(body, name, providerKeyLengthMin, providerKeyLength);
  if (value?.includes(' ')) throw invalid(name, 'must not contain spaces');
  return value;
}

/** What is here goes out in headers and URLs. */
function textAt(body: Body, name: string, shortest: number, longest: number): string | undefined {
  const value = Object.hasOwn(body, name) ? (body[name] ?? undefined) : undefined;
  if (value === undefined) return undefined;
  const isText = typeof value === 'string' && /^[!-~]([ -~]*[!-~])?$/.test(value);
  if (isText && value.length >= shortest && value.length <= longest) return value;
  throw invalid(name, `must be a string of ${shortest} to ${longest} ASCII characters, without spaces around it`);
}

function invalid(param: string, what: string): RingsideError {
  return new RingsideError('invalid_parameter', `${param} ${what}`, { param });
}
