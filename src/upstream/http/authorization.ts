import { awsIdentity } from './aws-signature.js';
import type { UpstreamCall } from '../exchange.js';
import type { Provider } from '../provider.js';

/**
 * The headers that every request to a provider bears: whose it is, and what its settings put there. A signature for AWS
 * is made over the whole request, when that is ready.
 */
export function providerHeaders(
  { auth, headers, settings = {} }: Provider,
  call: Pick<UpstreamCall, 'apiKey' | 'settings'>,
): Record<string, string> {
  const all: Record<string, string> = { ...headers };
  for (const [name, { header }] of Object.entries(settings)) {
    const value = call.settings[name];
    if (header !== undefined && value !== undefined) all[header] = value;
  }
  const key = auth === 'aws' ? awsIdentity(call) : call.apiKey;
  if (typeof key !== 'string') return all;
  if (typeof auth === 'string') all['authorization'] = `Bearer ${key}`;
  else all[auth.header] = key;
  return all;
}

/** What must not show in a message: the key, and what else of the settings is secret. */
export function secretsOf({ settings = {} }: Provider, call: Pick<UpstreamCall, 'apiKey' | 'settings'>): string[] {
  const values = Object.entries(settings).map(([name, { isSecret }]) => (isSecret ? call.settings[name] : undefined));
  return [call.apiKey, ...values].filter((value) => value !== undefined);
}
