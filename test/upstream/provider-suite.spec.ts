import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Provider } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { FixtureUpstream, type Cutting, type SeenRequest } from '../support/fixture-upstream.js';
import {
  expectChunkShape,
  expectCompletionShape,
  toldByChunks,
  toldByCompletion,
  type ToldAnswer,
} from '../support/openai-shape.js';
import { objectsIn } from '../support/sse-answer.js';
import { caseOf, casesNeededOf, TWINS } from '../support/provider-cases.js';
import {
  bodyOf, caseNames, FIXTURES, isFailure, TEST_KEY,
  type ExpectedAnswer, type ExpectedFailure, type PlannedExchange, type ProviderFixture,
} from '../support/provider-fixture.js'; // prettier-ignore
import { upstreamRoom } from './calling.js';
import { callsOf, type SpokenAnswer } from './dialects/dialect.js';
import { sayingsIn, sayingsOf, speakers, spoken } from './dialects/speaking.js';
import { CUT_SEED, fixtureCall, outcomeOf, randomCuttings, type Outcome } from './fixture-run.js';

const WHOLE: Cutting = [Infinity];
const BYTE_BY_BYTE: Cutting = [1];
const RANDOM_CUTTINGS = 2;

const providers = PROVIDERS.filter(({ reach }) => reach !== 'in-process');
const room = upstreamRoom();
let server: FixtureUpstream;

beforeAll(async () => {
  process.stderr.write(`provider-suite: RINGSIDE_CUT_SEED=${CUT_SEED}\n`);
  server = await FixtureUpstream.start();
});
afterAll(async () => {
  await room.onApplicationShutdown();
  await server.close();
});

it('every folder of fixtures is a provider’s', () => {
  const known = providers.map(({ id }) => id);
  expect(readdirSync(FIXTURES).filter((name) => !known.includes(name))).toEqual([]);
});

describe.each(providers.map((provider) => [provider.id, provider] as const))('%s', (id, provider) => {
  const folder = join(FIXTURES, id);
  const names = [...new Set([...casesNeededOf(provider), ...caseNames(folder)])];

  it('has an address that can be called', () => {
    const { defaultBaseUrl } = provider;
    expect(typeof defaultBaseUrl === 'string' && new URL(defaultBaseUrl).hostname.endsWith('.invalid')).toBe(false);
  });

  it.each(names)('%s', async (name) => {
    const fixture = caseOf(folder, id, name);
    await (fixture.call.body['stream'] === true
      ? expectStream(provider, name, fixture)
      : expectJson(provider, name, fixture));
  });

  it.each(TWINS)('%s and %s tell the same', async (whole, stream) => {
    const json = await toldBy(provider, caseOf(folder, id, whole), false);
    const chunks = await toldBy(provider, caseOf(folder, id, stream), true);
    expect(chunks).toEqual(json);
  });
});

it('R33 tool-call deltas are dense, separate and complete', async () => {
  const answer: SpokenAnswer = {
    parts: [
      { kind: 'text', pieces: ['First', ' this. '] },
      { kind: 'call', id: 'call_First0000001', name: 'get_weather', pieces: ['{"ci', 'ty":"Tromsø ❄️","days"', ':[1,{"to":2}]}'] },
      { kind: 'text', pieces: ['Then', ' that. '] },
      { kind: 'call', id: 'call_Second000002', name: 'get_weather', pieces: ['{"city":"Oslo"}'] },
      { kind: 'call', id: 'call_Third0000003', name: 'get_time', pieces: [] },
      { kind: 'text', pieces: ['Done', '.'] },
    ],
    finish: 'stop', promptTokens: 31, cachedTokens: 0, completionTokens: 17,
  }; // prettier-ignore
  const calls = callsOf(answer).map(({ id, name, args }) => ({ id, name, arguments: args, extra: undefined }));
  for (const speaker of speakers().filter(({ dialect }) => dialect.knows.tools)) {
    const { provider, dialect } = speaker;
    const whole = toldByCompletion((await spoken(room, server, { ...speaker, answer, stream: false })).bytes);
    const { bytes } = await spoken(room, server, { ...speaker, answer, stream: true, cutting: BYTE_BY_BYTE });
    const choices = objectsIn(bytes).flatMap((chunk) => chunk.choices);
    const deltas = choices.flatMap(({ delta }) => delta.tool_calls ?? []);
    expect([
      provider.id,
      deltas.filter(({ id }) => id).map(({ index, type, function: { name } }) => [index, type, name]),
    ]).toEqual([provider.id, calls.map(({ name }, index) => [index, 'function', name])]);
    expect(deltas.filter((call) => !call.id && (call.type || call.function.name))).toEqual([]);
    expect(choices.map(({ delta }) => delta.role)).toEqual(['assistant', ...choices.slice(1).map(() => undefined)]);
    expect(choices.flatMap(({ finish_reason: reason }) => reason ?? [])).toEqual(['tool_calls']);
    expect(sayingsIn(bytes)).toEqual(sayingsOf(answer));
    expect(toldByChunks(bytes)).toEqual(whole);
    expect(whole).toMatchObject({ content: 'First this. Then that. Done.', finishReason: 'tool_calls' });
    expect(whole.toolCalls).toEqual(
      dialect.knows.ids ? calls : calls.map((call) => ({ ...call, id: expect.stringMatching(/^call_/) })),
    );
  }
});

async function run(
  provider: Provider,
  fixture: ProviderFixture,
  cutting: Cutting,
  includeUsage?: boolean,
): Promise<Outcome> {
  server.plan(fixture.upstream, cutting);
  return outcomeOf(room, fixtureCall(provider, fixture, server.origin, includeUsage), server);
}

async function expectJson(provider: Provider, name: string, fixture: ProviderFixture): Promise<void> {
  const whole = await run(provider, fixture, WHOLE);
  expectSent(whole.seen, fixture.upstream);
  if (isFailure(fixture.expect)) expectFailure(whole, fixture.expect, provider);
  else {
    expect(whole.error).toBeUndefined();
    if (provider.quirks.response?.passthrough)
      expect(whole.bytes).toBe(bodyOf(fixture.upstream.at(-1)!.answer).toString());
    else expectCompletionShape(whole.bytes);
    expectTold(toldByCompletion(whole.bytes), whole, fixture.expect);
    expect(toldByCompletion(whole.bytes).annotations).toEqual(fixture.expect.annotations ?? []);
  }
  await expectSameInPieces(whole, name, provider, fixture);
}

async function expectStream(provider: Provider, name: string, fixture: ProviderFixture): Promise<void> {
  const { expect: expected } = fixture;
  const shown = await run(provider, fixture, WHOLE, true);
  const hidden = await run(provider, fixture, WHOLE, false);
  for (const [outcome, includeUsage] of [[shown, true], [hidden, false]] as const) {
    expectSent(outcome.seen, fixture.upstream);
    if (isFailure(expected)) expectFailure(outcome, expected, provider);
    else expect(outcome.error).toBeUndefined();
    if (provider.quirks.response?.passthrough) expectPassed(outcome.bytes, fixture, includeUsage);
    else if (outcome.bytes !== '') expectChunkShape(outcome.bytes, { includeUsage, broken: isFailure(expected) });
    if (!isFailure(expected)) expectTold({ ...toldByChunks(outcome.bytes), usage: toldByChunks(shown.bytes).usage }, outcome, expected);
  } // prettier-ignore
  if (!provider.quirks.response?.passthrough) expect(withoutUsage(shown.bytes)).toBe(hidden.bytes);
  await expectSameInPieces(shown, name, provider, fixture, true);
  await expectSameInPieces(hidden, `${name} without usage`, provider, fixture, false);
}

/** However the network cuts an answer, it is the same answer. */
async function expectSameInPieces(
  whole: Outcome,
  name: string,
  provider: Provider,
  fixture: ProviderFixture,
  includeUsage?: boolean,
) {
  const cuttings = [
    ...(includeUsage === false ? [] : [BYTE_BY_BYTE]),
    ...randomCuttings(`${provider.id} ${name}`, RANDOM_CUTTINGS),
  ];
  for (const cutting of fixture.upstream.length === 0 ? [] : cuttings) {
    const pieces = await run(provider, fixture, cutting, includeUsage);
    const told = ({ bytes, usage, error, seen }: Outcome) => ({
      bytes,
      usage,
      error: error && {
        code: error.code,
        message: error.message,
        param: error.param,
        retryAfterMs: error.retryAfterMs,
      },
      sent: seen.map(({ method, path, body }) => ({ method, path, body })),
    });
    expect({ cutting, seed: CUT_SEED, ...told(pieces) }).toEqual({ cutting, seed: CUT_SEED, ...told(whole) });
  }
}

/** What was sent is what had to be, request by request, and nothing else. */
function expectSent(seen: readonly SeenRequest[], planned: readonly PlannedExchange[]): void {
  expect(seen.map(({ method, path, body }) => ({ method, path, body }))).toEqual(
    planned.map(({ sent: { method = 'POST', path, body } }) => ({ method, path, body })),
  );
  for (const [index, { sent }] of planned.entries()) {
    const { headers } = seen[index]!;
    for (const [name, value] of Object.entries(sent.headers ?? {})) {
      if (value === null) expect({ [name]: headers[name] }).toEqual({ [name]: undefined });
      else
        expect(headers).toMatchObject({
          [name]: typeof value === 'string' ? value : expect.stringMatching(new RegExp(value.matches)),
        });
    }
    if (sent.body !== undefined) expect(headers['content-type']).toBe('application/json');
    expect(sent.path).not.toContain(TEST_KEY);
  }
}

function expectTold(told: ToldAnswer, { usage }: Outcome, expected: ExpectedAnswer): void {
  const { content, reasoning, refusal = null, tool_calls: calls = [], finish_reason, model, choices = 1 } = expected;
  expect({ ...told, content: told.content || null, usage: undefined, annotations: undefined }).toEqual({
    content: content || null,
    reasoning,
    refusal,
    toolCalls: calls.map((call) => ({
      id: call.id === '<any>' ? expect.stringMatching(/./) : call.id,
      name: call.name,
      arguments: call.arguments,
      extra: call.extra_content,
    })),
    finishReason: finish_reason,
    model,
    choices,
  });
  expectUsage(told.usage, usage, expected);
}

/** The caller is shown what was expected, and the meter counts what the caller is shown. */
function expectUsage(shown: ToldAnswer['usage'], metered: Outcome['usage'], expected: ExpectedAnswer): void {
  if (expected.usage === null) {
    expect([shown, metered]).toEqual([undefined, undefined]);
    return;
  }
  expect(shown).toMatchObject(expected.usage);
  expect(metered).toMatchObject({
    tokens: {
      input: shown.prompt_tokens,
      cachedInput: shown.prompt_tokens_details?.cached_tokens ?? 0,
      cacheWrite: shown.prompt_tokens_details?.cache_write_tokens ?? 0,
      output: shown.completion_tokens,
      reasoning: shown.completion_tokens_details?.reasoning_tokens ?? 0,
    },
    statedCostNanoUsd: expected.stated_cost_nano_usd,
  });
  if (expected.billed) expect(metered!.billed).toMatchObject(expected.billed);
  else expect(metered!.billed).toBeUndefined();
}

/**
 * One clear error: of the table, in the provider's name, without the key or the address; and no success behind what
 * came before it.
 */
function expectFailure({ error, bytes }: Outcome, expected: ExpectedFailure, { id, quirks }: Provider): void {
  const { code, message = '', param, retry_after_ms: retryAfterMs } = expected.error;
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(error!.message).toMatch(new RegExp(`^${id}[: ]`));
  if (param !== undefined) expect(error!.param).toBe(param);
  if (retryAfterMs !== undefined) expect(error!.retryAfterMs).toBe(retryAfterMs);
  for (const secret of [TEST_KEY, server.origin.slice('http://'.length)]) expect(error!.message).not.toContain(secret);
  expect(bytes).not.toContain('[DONE]');
  if (expected.content === undefined) {
    expect(bytes).toBe('');
    return;
  }
  const told = toldByChunks(bytes);
  expect(told.content ?? '').toBe(expected.content);
  if (!quirks.response?.passthrough) expect(told.finishReason).toBeNull();
}

/**
 * The provider's own events, each to the byte; `[DONE]` is the meter's to send, and usage stands in them only if asked
 * for.
 */
function expectPassed(bytes: string, fixture: ProviderFixture, includeUsage: boolean): void {
  const events = bodyOf(fixture.upstream.at(-1)!.answer).toString().match(/[^]*?\n\n/g) ?? []; // prettier-ignore
  const kept = events.filter((event) => !event.includes('[DONE]') && !event.includes('"error":{')).join('');
  expect(bytes).toBe(includeUsage ? kept : withoutUsage(kept));
}

/** The bytes of a stream whose caller asked for usage, as they would be if it had not. */
function withoutUsage(bytes: string): string {
  return bytes
    .split(/(?<=\n\n)/)
    .filter((event) => !event.includes('"choices":[]'))
    .join('')
    .replaceAll(/,"usage":null(?=[^\n]*\}\n\n)/g, '');
}

/** What both of a pair must tell: all but the ids, which are each answer's own. */
async function toldBy(provider: Provider, fixture: ProviderFixture, isStream: boolean) {
  const outcome = await run(provider, fixture, WHOLE, isStream ? true : undefined);
  if (outcome.error) return { error: outcome.error.code, param: outcome.error.param };
  const told = isStream ? toldByChunks(outcome.bytes) : toldByCompletion(outcome.bytes);
  const { content, reasoning, refusal, toolCalls, finishReason, usage } = told;
  const calls = toolCalls.map(({ name, arguments: args }) => ({ name, args }));
  return { content: content || null, reasoning, refusal, calls, finishReason, usage, billed: outcome.usage?.billed };
}
