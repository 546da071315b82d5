import { refusalOf, upstreamRoom } from './calling.js';
import type { Config } from '../../src/config/config.js';
import { ConfiguredTargets } from '../../src/upstream/targets.js';

const locate = (provider: string, variables: Record<string, string> = {}) =>
  upstreamRoom(variables).locate({ kind: 'direct', provider, model: 'some/model' });

describe('where a reference leads', () => {
  it('to the provider’s own place, with the key of the environment', () => {
    expect(locate('openai', { OPENAI_API_KEY: 'sk-1' })).toEqual({
      provider: 'openai',
      model: 'some/model',
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'sk-1',
    });
  });

  it('to the place the environment names, the more specific name first', () => {
    expect(locate('openai', { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }).baseUrl).toBe('http://127.0.0.1:1/v1');
    expect(locate('ollama', { OLLAMA_HOST: 'box:11434' })).toMatchObject({ baseUrl: 'box:11434', apiKey: undefined });
    expect(locate('ollama', { OLLAMA_HOST: 'box:11434', OLLAMA_BASE_URL: 'http://other' }).baseUrl).toBe('http://other');
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
      message: 'there is no provider "opemai"; there are openai, ollama, sandbox',
      param: 'model',
    });
  });

  it('to the sandbox, unless that is switched off', async () => {
    expect(locate('sandbox')).toMatchObject({ provider: 'sandbox', apiKey: undefined });
    const off = new ConfiguredTargets({ sandbox: false, providerSetting: () => undefined } as unknown as Config);
    const refused = Promise.resolve().then(() => off.locate({ kind: 'direct', provider: 'sandbox', model: 'echo' }));
    expect(await refusalOf(refused)).toMatchObject({
      code: 'unknown_provider',
      message: expect.not.stringContaining('are openai, ollama, sandbox'),
    });
  });
});
