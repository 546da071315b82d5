import fc from 'fast-check';
import { PROTOCOLS } from '../../src/upstream/protocols/index.js';
import type { Provider } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { MODEL_TIMEOUT_MS, ModelRuns } from '../models/model-runs.js';
import { FixtureUpstream } from '../support/fixture-upstream.js';
import { expectChunkShape, expectCompletionShape, toldByChunks, toldByCompletion } from '../support/openai-shape.js';
import { objectsIn } from '../support/sse-answer.js';
import { callOf, upstreamRoom } from './calling.js';
import { answers } from './dialects/answers.js';
import { conversations } from './dialects/conversations.js';
import {
  callsOf,
  joined,
  type Dialect,
  type HeardConversation,
  type HeardItem,
  type SpokenAnswer,
} from './dialects/dialect.js';
import { DIALECTS } from './dialects/index.js';
import { sayingsIn, sayingsOf, speakers, speakersOfFamilies, spoken } from './dialects/speaking.js';

const REQUESTS = { share: 0.1 };
const ANSWERS = { share: 0.05 };

/** The ids of providers that take no others. */
const SHORT_ID = /^[a-zA-Z0-9]{9}$/;

const runs = new ModelRuns('round-trip');
const room = upstreamRoom();
const providers = PROVIDERS.filter(({ reach }) => reach !== 'in-process');
let server: FixtureUpstream;

beforeAll(async () => {
  server = await FixtureUpstream.start();
});
afterAll(async () => {
  runs.print();
  await room.onApplicationShutdown();
  await server.close();
});

it('every wire family has a provider here, and a dialect', () => {
  expect([...new Set(providers.map(({ protocol }) => protocol))].sort()).toEqual(Object.keys(DIALECTS).sort());
  expect(Object.keys(PROTOCOLS).sort()).toEqual(Object.keys(DIALECTS).sort());
});

describe('a conversation keeps its texts, images, tools, calls, results and their order', () => {
  it.each(providers.map((provider) => [provider.id, provider] as const))(
    'on its way to %s',
    (_, provider) => {
      const dialect = DIALECTS[provider.protocol];
      const refuses = (field: string) => provider.quirks.request?.refuse?.includes(field) === true;
      const askable = {
        tools: dialect.knows.tools && !refuses('tools'),
        images: dialect.knows.images && provider.quirks.request?.noImages !== true,
      };
      runs.check(
        fc.property(conversations(askable), ({ messages, tools, heard }) => {
          const call = callOf({
            provider: provider.id,
            model: dialect.model,
            body: { messages, ...(tools && { tools }) },
          });
          const sent = JSON.parse(
            JSON.stringify(PROTOCOLS[provider.protocol].renderChat(call, provider.quirks)),
          ) as Record<string, unknown>;
          const understood = dialect.heard(sent);
          if (provider.quirks.request?.shortToolIds)
            expect(idsOf(understood).filter((id) => !SHORT_ID.test(id))).toEqual([]);
          expect(withIds(understood, provider, dialect)).toEqual(withIds(hearable(heard, dialect), provider, dialect));
        }),
        REQUESTS,
      );
    },
    MODEL_TIMEOUT_MS,
  );
});

describe('an answer keeps its texts, tool calls, order, end and usage, whole and streamed', () => {
  it.each(speakersOfFamilies().map((speaker, no) => [`${speaker.dialect.family} (${no})`, speaker] as const))(
    'from %s',
    async (_, { provider, dialect }) => {
      const cutting = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 });
      await runs.checkAsync(
        fc.asyncProperty(answers(dialect), cutting, async (answer, sizes) => {
          const whole = await spoken(room, server, { provider, dialect, answer, stream: false });
          const stream = await spoken(room, server, { provider, dialect, answer, stream: true, cutting: sizes });
          expect([whole.error, stream.error]).toEqual([undefined, undefined]);
          expectCompletionShape(whole.bytes);
          expectChunkShape(stream.bytes, { includeUsage: true });
          expectSaid(toldByCompletion(whole.bytes), answer, dialect);
          expectSaid(toldByChunks(stream.bytes), answer, dialect);
          expect(sayingsIn(stream.bytes)).toEqual(sayingsOf(answer));
          for (const { usage } of [whole, stream]) {
            const { promptTokens: input, cachedTokens: cachedInput, completionTokens: output } = answer;
            expect(usage!.tokens).toMatchObject({ input, cachedInput, output });
          }
        }),
        ANSWERS,
      );
    },
    MODEL_TIMEOUT_MS,
  );
});

describe('one answer, told in every dialect', () => {
  const USAGE = {
    prompt_tokens: 21,
    completion_tokens: 34,
    total_tokens: 55,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
  const counted = { promptTokens: 21, cachedTokens: 0, completionTokens: 34 };
  const TEXT: SpokenAnswer = {
    parts: [{ kind: 'text', pieces: ['Grüße', ' aus ', 'Tromsø 🏔️', ' — "kalt"\n'] }],
    finish: 'stop',
    ...counted,
  };
  const CALLS: SpokenAnswer = {
    parts: [
      { kind: 'text', pieces: ['Let me', ' look.'] },
      {
        kind: 'call',
        id: 'call_Golden000001',
        name: 'get_weather',
        pieces: ['{"city":', '"Tromsø","days":[1,2]', '}'],
      },
      { kind: 'call', id: 'call_Golden000002', name: 'get_time', pieces: [] },
    ],
    finish: 'stop',
    ...counted,
  };
  const role = { role: 'assistant', content: '', refusal: null };

  it.each<[string, SpokenAnswer, unknown[]]>([
    ['text', TEXT, [role, { content: 'Grüße aus Tromsø 🏔️ — "kalt"\n' }, 'stop', USAGE]],
    [
      'text and two tool calls',
      CALLS,
      [
        role,
        { content: 'Let me look.' },
        { index: 0, id: '0', type: 'function', function: { name: 'get_weather', arguments: '' } },
        { index: 0, function: { arguments: '{"city":"Tromsø","days":[1,2]}' } },
        { index: 1, id: '1', type: 'function', function: { name: 'get_time', arguments: '' } },
        { index: 1, function: { arguments: '{}' } },
        'tool_calls',
        USAGE,
      ],
    ],
  ])(
    '%s: the same chunks from every provider, but for id, time, model and where the pieces end',
    async (_, answer, golden) => {
      const able = speakers().filter(({ dialect }) => dialect.knows.tools || callsOf(answer).length === 0);
      for (const { provider, dialect } of able) {
        const { bytes, error } = await spoken(room, server, { provider, dialect, answer, stream: true });
        expect([provider.id, error]).toEqual([provider.id, undefined]);
        expect([provider.id, ...chunkSequence(bytes)]).toEqual([provider.id, ...golden]);
      }
      expect(new Set(able.map(({ provider }) => provider.protocol)).size).toBeGreaterThanOrEqual(5);
    },
  );
});

/** What a family can hear of a conversation. */
function hearable(heard: HeardConversation, { knows }: Dialect): HeardConversation {
  const isBeside = (item: HeardItem, no: number) =>
    item.kind === 'text' && item.by === 'assistant' && heard.items[no + 1]?.kind === 'call';
  return knows.textBesideCalls ? heard : { ...heard, items: heard.items.filter((item, no) => !isBeside(item, no)) };
}

/**
 * Ids are the caller's; or, where a provider wants its own form, others, the same for a call and its result; or there
 * are none.
 */
function withIds(heard: HeardConversation, { quirks }: Provider, { knows }: Dialect): HeardConversation {
  if (knows.ids && !quirks.request?.shortToolIds) return heard;
  const known: string[] = [];
  const place = (id: string) => {
    if (!known.includes(id)) known.push(id);
    return String(known.indexOf(id));
  };
  const items = heard.items.map((item) => {
    if (!('id' in item)) return item;
    return { ...item, id: knows.ids && item.id !== undefined ? place(item.id) : undefined };
  });
  return { ...heard, items };
}

function idsOf({ items }: HeardConversation): string[] {
  return items.flatMap((item) => ('id' in item && item.id !== undefined ? [item.id] : []));
}

function expectSaid(told: ReturnType<typeof toldByChunks>, answer: SpokenAnswer, { knows }: Dialect): void {
  const calls = callsOf(answer);
  const { content, reasoning, toolCalls, finishReason } = told;
  expect({ content: content || null, reasoning, finishReason, toolCalls: toolCalls.map(({ name, arguments: args }) => ({ name, args })) }).toEqual({
    content: joined(answer, 'text') || null,
    reasoning: joined(answer, 'reasoning') || undefined,
    finishReason: calls.length > 0 ? 'tool_calls' : answer.finish,
    toolCalls: calls.map(({ name, args }) => ({ name, args })),
  }); // prettier-ignore
  if (knows.ids) expect(toolCalls.map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
}

/** The deltas, finish and usage of a stream; neighbours that go on with the same text are one, and ids are counted. */
function chunkSequence(bytes: string): unknown[] {
  const sequence: unknown[] = [];
  const ids: string[] = [];
  for (const { choices, usage } of objectsIn(bytes)) {
    const [choice] = choices;
    if (!choice) sequence.push(usage);
    else if (choice.finish_reason) sequence.push(choice.finish_reason);
    else {
      const { role, content, tool_calls: [call] = [] } = choice.delta;
      const last = sequence.at(-1) as Record<string, never> | undefined;
      const before = last as
        { content?: string; role?: string; index?: number; id?: string; function?: { arguments: string } } | undefined;
      if (role) sequence.push(choice.delta);
      else if (call?.id) sequence.push({ ...call, id: String(ids.push(call.id) - 1) });
      else if (call && before?.index === call.index && before?.id === undefined)
        before!.function!.arguments += call.function.arguments;
      else if (call) sequence.push(call);
      else if (before?.content !== undefined && before.role === undefined) before.content += content;
      else sequence.push(choice.delta);
    }
  }
  return sequence;
}
