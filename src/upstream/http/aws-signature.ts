import { signedRegion } from './aws-region.js';
import type { UpstreamCall } from '../exchange.js';
import { endpointUrl } from './transport.js';
import type { WireRequest } from '../wire.js';

/** Whose a signed request is; undefined session token for keys that do not expire. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** What the signature is for, as AWS calls it. */
const SERVICE = 'bedrock';

/** Intermediaries change these, which would break a signature over them. */
const UNSIGNED_HEADERS: ReadonlySet<string> = new Set(['accept', 'user-agent']);

/** What signs for a region. AWS's packages are loaded with the first request to be signed, since few gateways have one. */
async function signerFor(credentials: AwsCredentials, region: string) {
  const [{ Hash }, { SignatureV4 }] = await Promise.all([import('@smithy/hash-node'), import('@smithy/signature-v4')]);
  class Sha256 extends Hash {
    constructor(secret?: ConstructorParameters<typeof Hash>[1]) {
      super('sha256', secret);
    }
  }
  return new SignatureV4({ credentials, region, service: SERVICE, sha256: Sha256 });
}

/**
 * How a call proves whose it is: by a bearer token where one is set, by signatures where an access key id is, whose
 * secret the key is then; else the key is taken for a bearer token.
 */
export function awsIdentity({
  apiKey,
  settings,
}: Pick<UpstreamCall, 'apiKey' | 'settings'>): string | AwsCredentials | undefined {
  const { access_key_id: accessKeyId, session_token: sessionToken, bearer_token: bearerToken } = settings;
  if (bearerToken !== undefined || apiKey === undefined || accessKeyId === undefined) return bearerToken ?? apiKey;
  return { accessKeyId, secretAccessKey: apiKey, sessionToken };
}

/**
 * A request to Bedrock with a signature (AWS Signature Version 4) over its method, path, query, host, type, time and
 * body. A call with a bearer token needs none, and its request stays as it is.
 * @param nowMs Unix milliseconds; AWS refuses what is more than five minutes off
 * @throws RingsideError `provider_not_configured` when the base URL is none
 */
export async function signedForAws(
  request: WireRequest,
  call: Pick<UpstreamCall, 'apiKey' | 'settings'>,
  nowMs: number,
): Promise<WireRequest> {
  const credentials = awsIdentity(call);
  if (typeof credentials !== 'object') return request;
  const { provider, baseUrl, path, headers, body, method = 'POST' } = request;
  const { protocol, hostname, host, pathname, searchParams } = endpointUrl(provider, baseUrl, path);
  const region = signedRegion(call.settings, baseUrl);
  const signer = await signerFor(credentials, region);
  const { headers: signedHeaders } = await signer.sign(
    {
      method,
      protocol,
      hostname,
      path: pathname,
      query: valuesByName(searchParams),
      headers: { ...headers, host },
      body,
    },
    { signingDate: new Date(nowMs), unsignableHeaders: new Set(UNSIGNED_HEADERS) },
  );
  return { ...request, headers: signedHeaders };
}

/** A name that stands several times in a query keeps all of its values. */
function valuesByName(query: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}
