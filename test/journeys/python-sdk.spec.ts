import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EveryProvider, NETWORK_PROVIDERS, SAID } from '../support/every-provider.js';
import { hasPythonSdk, NO_PYTHON_SDK, PYTHON, pythonScript } from '../support/python-sdk.js';
import { SERVER_KEY } from '../support/ringside.js';
import { skipUnless } from '../support/skip.js';

let every: EveryProvider;
beforeAll(async () => {
  every = await EveryProvider.start();
});
afterAll(() => every.stop(), 15_000);

/** Runs the script over all models; before each it waits until the server speaks as its provider. */
async function runScript(script: string): Promise<Record<string, unknown>[]> {
  const refs = new Map(NETWORK_PROVIDERS.map((provider) => [every.at(provider), provider]));
  const python = spawn(
    PYTHON,
    [pythonScript(script), `${every.ringside.url}/v1`, SERVER_KEY, JSON.stringify([...refs.keys()])],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const told: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: python.stdout })) {
    const said = JSON.parse(line) as Record<string, unknown>;
    if (said['at'] === undefined) told.push(said);
    else {
      every.at(refs.get(said['at'] as string)!);
      python.stdin.write('go\n');
    }
  }
  return told;
}

const { it: pythonIt } = skipUnless(hasPythonSdk(), NO_PYTHON_SDK);

describe('the official Python SDK', () => {
  pythonIt(
    'has whole answers, streams and tools from every provider',
    async () => {
      const told = await runScript('python-sdk.py');
      const total = SAID.promptTokens + SAID.completionTokens;
      const answer = [SAID.hello, 'stop', total];
      const expected = NETWORK_PROVIDERS.map((provider) => ({
        of: every.at(provider),
        whole: answer,
        streamed: answer,
        tools: ['perplexity', 'replicate'].includes(provider.id)
          ? ['unsupported_parameter', 'tools']
          : ['weather', SAID.city, 'It gave: «12 degrees»'],
      }));
      expect(told).toEqual(expected);
    },
    120_000,
  );
});
