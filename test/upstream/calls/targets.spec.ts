import { refusalOf, upstreamRoom } from '../calling.js';
import type { Config } from '../../../src/config/config.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { ConfiguredTargets } from '../../../src/upstream/calls/targets.js';

const ALL = PROVIDERS.map(({ id }) => id).join(', ');

const locate = (provider: string, variables: Record<string, string> = {}) =>
  upstreamRoom(variables).locate({ kind: 'direct', provider, model: 'some/model' });

describe('where a reference leads', () => {
  it('to the provider’s own place, with the key of the environment', () => {
    expect(locate('openai', { OPENAI_API_KEY: 'sk-1' })).toEqual({
      provider: 'openai',
      model: 'some/model',
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'sk-1',
      settings: { organization: undefined, project: undefined },
      paidBy: 'platform',
      sizes: { templateTokens: 0, likelyOutputTokens: 128_000 },
    });
  });

  it('to a model of known sizes, where they are documented', () => {
    const room = upstreamRoom({ OPENAI_API_KEY: 'sk-1' });
    const sizes = (provider: string, model: string) => room.locate({ kind: 'direct', provider, model }).sizes;
    expect(sizes('openai', 'gpt-4o-mini')).toMatchObject({
      maxOutputTokens: 16_384,
      contextTokens: 128_000,
      encoding: 'o200k_base',
    });
    expect(sizes('openai', 'gpt-4')).toMatchObject({
      maxOutputTokens: 8_192,
      encoding: 'cl100k_base',
      imageTokens: undefined,
    });
    expect(sizes('sandbox', 'slow-10')).toMatchObject({ maxOutputTokens: 16_384, encoding: undefined });
    expect(sizes('sandbox', 'echo').imageTokens?.('high')).toBe(0);
    expect(sizes('ollama', 'llama3.2')).toEqual({ templateTokens: 1024 });
  });

  it('to the place the environment names, the more specific name first', () => {
    expect(locate('openai', { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }).baseUrl).toBe(
      'http://127.0.0.1:1/v1',
    );
    expect(locate('ollama', { OLLAMA_HOST: 'box:11434' })).toMatchObject({ baseUrl: 'box:11434', apiKey: undefined });
    expect(locate('ollama', { OLLAMA_HOST: 'box:11434', OLLAMA_BASE_URL: 'http://other' }).baseUrl).toBe(
      'http://other',
    );
  });

  it('with what else the environment says of the provider, and who pays there', () => {
    expect(locate('openai', { OPENAI_API_KEY: 'sk-1', OPENAI_PROJECT_ID: 'proj_1' }).settings).toEqual({
      organization: undefined,
      project: 'proj_1',
    });
    expect(locate('ollama').paidBy).toBe('nobody');
    expect(locate('ollama', { OLLAMA_API_KEY: 'key-1' }).paidBy).toBe('platform');
  });

  it('nowhere without a key, naming the variable that sets it', async () => {
    expect(await refusalOf(Promise.resolve().then(() => locate('openai')))).toMatchObject({
      code: 'provider_not_configured',
      status: 400,
      param: 'model',
      message: expect.stringContaining('OPENAI_API_KEY'),
    });
    expect(locate('ollama')).toMatchObject({ baseUrl: 'http://localhost:11434', apiKey: undefined });
  });

  it('nowhere for a provider nobody knows', async () => {
    expect(await refusalOf(Promise.resolve().then(() => locate('opemai')))).toMatchObject({
      code: 'unknown_provider',
      message: `there is no provider "opemai"; there are ${ALL}`,
      param: 'model',
    });
  });

  it('to the sandbox, unless that is switched off', async () => {
    expect(locate('sandbox')).toMatchObject({ provider: 'sandbox', apiKey: undefined });
    const off = new ConfiguredTargets({ sandbox: false, providerSetting: () => undefined } as unknown as Config);
    const refused = Promise.resolve().then(() => off.locate({ kind: 'direct', provider: 'sandbox', model: 'echo' }));
    expect(await refusalOf(refused)).toMatchObject({
      code: 'unknown_provider',
      message: expect.not.stringContaining(', sandbox'),
    });
  });
});
