import { upstreamRoom } from './calling.js';

const KEY = 'key-of-a-developer';

/** Where a developer's own access leads, for a platform with these variables. */
const locate = (provider: string, access: object = {}, variables: Record<string, string> = {}) =>
  upstreamRoom(variables).locateWith(
    { kind: 'direct', provider, model: 'some/model' },
    { apiKey: KEY, settings: {}, ...access },
  );

describe('where a developer’s own access leads', () => {
  it('to the provider’s own place, with nothing of what the platform is set up with', () => {
    const platform = { OPENAI_API_KEY: 'sk-platform', OPENAI_ORG_ID: 'org-platform' };
    expect(locate('openai', { settings: { project: 'own' } }, platform)).toEqual({
      provider: 'openai',
      model: 'some/model',
      baseUrl: 'https://api.openai.com/v1',
      apiKey: KEY,
      settings: { project: 'own' },
      paidBy: 'developer',
      publicOnly: true,
      sizes: expect.any(Object),
    });
  });

  it('to the developer’s place before the operator’s, and only there are private addresses out of bounds', () => {
    const platform = { OPENAI_BASE_URL: 'http://10.0.0.1/v1' };
    expect(locate('openai', {}, platform)).toMatchObject({ baseUrl: 'http://10.0.0.1/v1', publicOnly: false });
    const own = { baseUrl: 'https://proxy.example.com' };
    expect(locate('openai', own, platform)).toMatchObject({ baseUrl: own.baseUrl, publicOnly: true });
  });

  it('to the place that its own settings name', () => {
    const platform = { AWS_REGION: 'us-west-2', AWS_SESSION_TOKEN: 'platform' };
    expect(locate('aws-bedrock', { settings: { region: 'eu-west-1' } }, platform)).toMatchObject({
      provider: 'bedrock',
      baseUrl: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
      settings: { region: 'eu-west-1' },
      publicOnly: true,
    });
  });

  it('nowhere without an address, naming what sets it', () => {
    expect(() => locate('azure')).toThrow('PUT /v1/provider_keys/azure');
    expect(() => locate('opemai')).toThrow('there is no provider "opemai"');
  });
});

describe('the providers on offer', () => {
  const offered = (variables: Record<string, string> = {}) =>
    new Map(
      upstreamRoom(variables)
        .offered()
        .map((one) => [one.id, one]),
    );

  it('are configured when the platform has what they need', () => {
    const configured = (variables: Record<string, string>) =>
      [...offered(variables).values()].filter(({ isConfigured }) => isConfigured).map(({ id }) => id);
    expect(configured({})).toEqual(['ollama', 'sandbox']);
    expect(configured({ OPENAI_API_KEY: 'sk-1', AZURE_OPENAI_API_KEY: 'az-1' })).toEqual([
      'openai',
      'ollama',
      'sandbox',
    ]);
    expect(configured({ AZURE_OPENAI_API_KEY: 'az-1', AZURE_OPENAI_ENDPOINT: 'https://x.openai.azure.com' })).toContain(
      'azure',
    );
  });

  it('take keys with the settings of their files, but for the sandbox', () => {
    const all = offered();
    expect(all.get('sandbox')).toMatchObject({ ownKey: undefined, models: ['echo', 'embed', 'moderate'] });
    const { settings, homeOf } = all.get('bedrock')!.ownKey!;
    expect(settings).toMatchObject({ region: { isSecret: false }, session_token: { isSecret: true } });
    expect(homeOf({ region: 'eu-west-1' })).toBe('https://bedrock-runtime.eu-west-1.amazonaws.com');
    expect(homeOf({ region: 'evil.example/#' })).toBeUndefined();
    expect(all.get('azure')!.ownKey!.homeOf({})).toBeUndefined();
    expect([...all.values()].filter(({ ownKey }) => !ownKey).map(({ id }) => id)).toEqual(['sandbox']);
  });
});
