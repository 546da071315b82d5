import { eventsOf } from '../../support/booked.js';
import { Ringside } from '../../support/ringside.js';

const KEY = 'sk-own-canary-2718281828-aBcD';
const LABEL = 'a'.repeat(63);

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
}, 30_000);
afterAll(() => ringside.stop(), 15_000);

async function put(
  provider: string,
  body: unknown,
): Promise<readonly [number, { readonly error?: { readonly code: string; readonly param: string } }]> {
  const response = await ringside.fetch(`/v1/provider_keys/${provider}`, { method: 'PUT', body });
  return [response.status, (await response.json()) as object];
}

const refusal = (code: string, param: string) => [400, { error: { type: 'invalid_request_error', code, param } }];

describe('S21 the place of an own key', () => {
  it.each([
    'https:///example.com',
    'https:example.com',
    'https:/example.com',
    'https:\\\\example.com',
    'https://a..b',
    'https://.example.com',
    'https://example.com.',
    'https://example.com..',
    'https://-a.com',
    'https://a-.com',
    'https://exa_mple.com',
    'https://exa%6dple.com',
    'https://example.com\\@evil.example',
    'https://@example.com',
    'https://a@example.com',
    'https://a:b@example.com',
    'https://example.com?',
    'https://example.com?a=b',
    'https://example.com#',
    'https://example.com/#f',
    'https://example.com:0',
    'https://example.com:99999',
    'https://example.com:',
    'https://example.com/../x',
    'https://example.com/%2e%2e/x',
    'https://example.com/a b',
    'https://0x7f.1',
    'https://0x7f.0x1',
    'https://2130706433',
    'https://017700000001',
    'https://127.1',
    'https://1.2.3.4.5',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]:443/',
    `https://${LABEL}a.com`,
    `https://${[LABEL, LABEL, LABEL, LABEL].join('.')}.com`,
    'http://example.com',
    '//example.com',
    'javascript://example.com',
  ])('refuses %s', async (base_url) => {
    expect(await put('openai', { api_key: KEY, base_url })).toMatchObject(refusal('invalid_url', 'base_url'));
  });

  it.each([
    'https://example.com',
    'https://example.com/',
    'HTTPS://API.Example.COM/v1',
    'https://example.com:8443/v1/',
    `https://${LABEL}.example`,
    'https://xn--bcher-kva.example/openai/v1',
    'https://1und1.example',
    'https://a.b-c.d1e',
  ])('takes %s', async (base_url) => {
    expect(await put('openai', { api_key: KEY, base_url })).toMatchObject([200, { base_url }]);
  });

  it.each([
    'evil.com',
    '..',
    'us-east-1/..',
    'us-east-1.evil.com',
    'us-east-1#',
    'US-EAST-1',
    'x',
    'us-east-1:443',
    '-',
    'us--1',
  ])('refuses the region %s', async (region) => {
    expect(await put('bedrock', { api_key: KEY, region })).toMatchObject(refusal('invalid_parameter', 'region'));
  });

  it.each(['us-east-1', 'eu-central-2', 'us-gov-west-1', 'ap-southeast-5', 'us-iso-east-1', 'eusc-de-east-1'])(
    'takes the region %s',
    async (region) => {
      expect(await put('bedrock', { api_key: KEY, region })).toMatchObject([200, { region }]);
    },
  );

  it('refuses other settings that are not what becomes part of an address', async () => {
    const base_url = 'https://x.openai.azure.com';
    for (const api_version of ['..', '2024-06-01/../x', '2024-06-01&a=b', 'v1?', 'v1#', 'a'.repeat(600)])
      expect(await put('azure', { api_key: KEY, base_url, api_version })).toMatchObject(
        refusal('invalid_parameter', 'api_version'),
      );
    for (const api_version of ['v1', 'preview', '2024-10-21', '2025-04-01-preview'])
      expect(await put('azure', { api_key: KEY, base_url, api_version })).toMatchObject([200, { api_version }]);
    expect(await put('bedrock', { api_key: KEY, access_key_id: 'AKIA/eu-west-1' })).toMatchObject(
      refusal('invalid_parameter', 'access_key_id'),
    );
  });
});

it.each(['constructor', 'prototype', '__proto__', 'toString', 'hasOwnProperty'])(
  'S16 %s is not a field of an own key',
  async (name) => {
    const before = (await eventsOf(ringside, 'ProviderKeySet')).length;
    expect(await put('openai', `{"api_key":"${KEY}","${name}":"x"}`)).toMatchObject(refusal('invalid_parameter', name));
    expect(await put('openai', `{"api_key":"${KEY}","${name}":{"base_url":"https://evil.example"}}`)).toMatchObject(
      refusal('invalid_parameter', name),
    );
    expect(await put('openai', `{"__proto__":{"api_key":"${KEY}"}}`)).toMatchObject(
      refusal('invalid_parameter', '__proto__'),
    );
    expect(await eventsOf(ringside, 'ProviderKeySet')).toHaveLength(before);
  },
);
