import { join } from 'node:path';
import { RingsideError } from '../../src/domain/errors.js';
import { chatRequest } from '../../src/http/inference/chat-request.js';
import { PROTOCOLS } from '../../src/upstream/protocols/index.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import type { Provider } from '../../src/upstream/provider.js';
import { oddAnswer } from '../support/odd-answers.js';
import { Dice, ODD, written } from '../support/odd-values.js';
import { caseNames, FIXTURES, readFixture, type ProviderFixture } from '../support/provider-fixture.js';
import { objectsIn } from '../support/sse-answer.js';
import { fixtureRoom } from './fixture-room.js';
import { callOf } from './calling.js';
import { fixtureCall, outcomeOf, type Outcome } from './fixture-run.js';

/** The seed of all random changes; printed, and set to have a run again. */
const SEED = Number(process.env['RINGSIDE_FUZZ_SEED'] ?? Math.trunc(Math.random() * 0x7fffffff));

/** How often each recorded case is played in a changed form. */
const RUNS = Number(process.env['RINGSIDE_ODD_RUNS'] ?? 4);

const MODELS_BESIDE = [
  'claude-3-opus-20240229',
  'anthropic.claude-opus-4-7',
  'amazon.nova-2-lite',
  'gemini-3-pro',
  'command-a-reasoning',
];

const providers = PROVIDERS.filter(({ reach }) => reach !== 'in-process');
const cases = providers.map((provider) => [provider.id, provider, casesOf(provider)] as const);

function casesOf({ id }: Provider): ProviderFixture[] {
  const folder = join(FIXTURES, id);
  return caseNames(folder).map((name) => readFixture(folder, name)!);
}

/** What a caller could send of everything that some wire reads. */
const EVERYTHING = {
  model: 'fc:x/y',
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } }] },
    {
      role: 'assistant', content: 'Well', refusal: null, reasoning_content: 'Hm',
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' }, extra_content: { google: { thought_signature: 'x' } } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '{"b":2}' },
    { role: 'user', content: 'And?' },
  ],
  tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object', properties: { a: { type: 'number' } } }, strict: true } }],
  tool_choice: { type: 'function', function: { name: 'f' } },
  parallel_tool_calls: false,
  response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: { type: 'object', properties: {} } } },
  reasoning_effort: 'low', stop: ['x'], n: 1, max_tokens: 10, max_completion_tokens: 10, temperature: 0.5, top_p: 0.5, top_k: 5, seed: 1,
  presence_penalty: 0.1, frequency_penalty: 0.1, logprobs: true, top_logprobs: 2, stream: true, stream_options: { include_usage: true },
  safety_settings: [{ category: 'x', threshold: 'y' }], thinking: { type: 'enabled', budget_tokens: 2000 }, user: 'u',
}; // prettier-ignore

/** The body as it comes through the front door, or undefined for one that is refused there. */
function admitted(body: unknown): ReturnType<typeof chatRequest> | undefined {
  try {
    return chatRequest(JSON.parse(written(body)));
  } catch (error) {
    if (error instanceof RingsideError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Renders a body for a provider; what comes of it must be JSON, or a refusal that names a field. */
function render(provider: Provider, model: string, body: unknown): void {
  const asked = admitted(body);
  if (!asked) return;
  const call = callOf({ provider: provider.id, model, userHash: 'u'.repeat(64), outputLimit: 5, body: asked });
  try {
    JSON.parse(JSON.stringify(PROTOCOLS[provider.protocol].renderChat(call, provider.quirks)));
  } catch (error) {
    if (error instanceof RingsideError && error.status === 400 && error.param !== null) return;
    throw new Error(`${provider.id} ${model}: ${written(body).slice(0, 4000)}`, { cause: error });
  }
}

beforeAll(() => {
  process.stderr.write(`odd-fields: RINGSIDE_FUZZ_SEED=${SEED}\n`);
});

describe('S15 whatever stands in a field of a request, it is rendered, or refused by name', () => {
  it.each(cases)('%s', (id, provider, fixtures) => {
    const dice = new Dice(SEED ^ id.length);
    const models = [...new Set(fixtures.map(({ call }) => call.model)), ...MODELS_BESIDE].filter(
      (model) => provider.protocol !== 'replicate' || model.includes('/'),
    );
    for (let run = 0; run < RUNS * 60; run++) render(provider, dice.of(models), dice.mutated(EVERYTHING));
    for (const { call } of fixtures) {
      for (let run = 0; run < RUNS; run++)
        render(provider, call.model, dice.mutated({ model: 'fc:x/y', ...call.body }));
    }
  });

  it.each(['reasoning_effort', 'tool_choice', 'response_format', 'tools', 'stop', 'stream_options'])(
    'each odd value as %s',
    (field) => {
      for (const provider of providers) {
        const model = provider.protocol === 'replicate' ? 'meta/llama-2-7b' : 'claude-sonnet-4-5';
        for (const value of [...ODD.values, ...ODD.names])
          render(provider, model, { ...EVERYTHING, stream: false, [field]: value });
      }
    },
  );
});

describe('S15 whatever stands in a field of an answer, the caller gets an answer or an error of the provider’s', () => {
  const upstream = fixtureRoom({}, { headersTimeoutMs: 500, idleTimeoutMs: 500, totalTimeoutMs: 500 });

  it.each(cases)('%s', async (id, provider, fixtures) => {
    const dice = new Dice(SEED ^ (id.length << 8));
    // A prediction that does not say that it is over is asked for until its time is.
    const runs = provider.reach === 'predictions' ? Math.min(RUNS, 2) : RUNS;
    for (const fixture of fixtures.filter(({ upstream }) => upstream.length > 0)) {
      for (let run = 0; run < runs; run++) {
        const exchanges = fixture.upstream.map((exchange) => ({
          ...exchange,
          answer: oddAnswer(exchange.answer, dice),
        }));
        upstream.server.plan(exchanges, [Infinity]);
        const played = { fixture: fixture.about, exchanges };
        const outcome = await outcomeOf(
          upstream.room,
          fixtureCall(provider, fixture, upstream.server.origin, true),
          upstream.server,
        ).catch((error: unknown) => {
          throw new Error(`${id}: ${JSON.stringify(played).slice(0, 8000)}`, { cause: error });
        });
        expectReadable(outcome, fixture.call.body['stream'] === true, played);
      }
    }
  });
});

function expectReadable({ bytes, usage, error }: Outcome, isStream: boolean, played: object): void {
  const counts = Object.values(usage?.tokens ?? {});
  const isSound = counts.every((count) => Number.isSafeInteger(count) && count >= 0);
  const code = error?.code ?? 'upstream_';
  // A prediction that names no place to go on from is refused before it is asked for.
  if (!isSound || !code.startsWith('upstream_'))
    throw new Error(`${code} ${JSON.stringify(usage)}: ${JSON.stringify(played).slice(0, 8000)}`);
  if (isStream) objectsIn(bytes);
  else if (bytes !== '') JSON.parse(bytes);
}
