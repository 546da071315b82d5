import { hash } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import type { LedgerEvent } from '../../../src/domain/events/index.js';
import { CompleteChat } from '../../../src/gateway/complete-chat.js';
import { ServerKeys } from '../../../src/auth/server-keys.js';
import { eventsIn } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';
import { completion, cut, event, json, type Script, silence, streamOf } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { SseAnswer } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({
    env: { RINGSIDE_UPSTREAM_HEADERS_TIMEOUT_MS: '1000', RINGSIDE_UPSTREAM_IDLE_TIMEOUT_MS: '1000' },
  });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

let made = 0;

/** A customer with a budget, whose calls need holds. */
async function capped(): Promise<string> {
  return (await makeCustomer(ringside, `held-${++made}`, { monthly_budget_usd: 1 })).id;
}

/** What became of each hold of a customer: what it ended with, in order. Waits until the last one is over. */
async function endings(customer: string, on = ringside): Promise<string[][]> {
  for (;;) {
    const events = (await eventsIn(on)).filter((one) => one.customer === customer);
    const holds = events.filter((one) => one.type === 'UsageHeld').map(({ data }) => endsOf(data.hold, events));
    if (holds.every((ends) => ends.length > 0)) return holds;
  }
}

function endsOf(hold: string, events: readonly LedgerEvent[]): string[] {
  const ending = (one: LedgerEvent) =>
    (one.type === 'UsageRecorded' || one.type === 'HoldReleased') && one.data.hold === hold;
  return events.filter(ending).map((one) => (one.type === 'UsageRecorded' ? one.data.outcome : one.type));
}

async function expectNothingHeld(customer: string): Promise<void> {
  expect(await ringside.get(`/v1/customers/${customer}`)).toMatchObject({ held_usd: 0 });
}

const failure = (status: number) => json({ error: { message: 'no', type: 'server_error', code: null } }, { status });
const begun = streamOf(['One', ', two']).slice(0, 3);
const inBand = event({ error: { message: 'overloaded', type: 'server_error', code: null } });

describe('calls that are answered', () => {
  it.each<[string, Script, boolean, number, string]>([
    ['an answer', json(completion({ usage: usageOf(3, 2) })), false, 200, 'completed'],
    ['an answer without usage', json(completion({})), false, 200, 'completed'],
    [
      'a stream without usage',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(streamOf(['One']).join('')),
      true,
      200,
      'completed',
    ],
    ['upstream 400', failure(400), false, 400, 'failed'],
    ['upstream 401', failure(401), true, 502, 'failed'],
    ['upstream 429', failure(429), false, 429, 'failed'],
    ['upstream 500', failure(500), true, 503, 'failed'],
    ['a web page', (_, response) => void response.writeHead(200).end('<html>'), false, 502, 'failed'],
    ['a cut before anything', (_, response) => void response.destroy(), false, 503, 'failed'],
    ['a cut before the first event', cut([]), true, 503, 'failed'],
    ['a cut in the middle of a stream', cut(begun), true, 200, 'failed'],
    ['an error in a stream', cut([...begun, inBand]), true, 200, 'failed'],
    ['an error before anything in a stream', cut([inBand]), true, 503, 'failed'],
    ['silence', silence(), false, 503, 'failed'],
    ['silence in the middle of a stream', silence(begun), true, 200, 'failed'],
  ])('R12 open holds return to zero after every outcome (HTTP): %s', async (_, script, stream, status, outcome) => {
    const customer = await capped();
    ringside.upstream.replyOnce(script);
    expect((await answered(ringside.chat({ user: customer, stream }))).status).toBe(status);
    expect(await endings(customer)).toEqual([[outcome]]);
    await expectNothingHeld(customer);
  });
});

describe('calls of several attempts', () => {
  it('R12 open holds return to zero after every outcome (HTTP): an answer that never keeps its schema', async () => {
    const customer = await capped();
    const response_format = { type: 'json_schema', json_schema: { name: 'number', schema: { type: 'integer' } } };
    expect(
      (await answered(ringside.chat({ model: 'fc:sandbox/bad-json-3', user: customer, response_format }))).status,
    ).toBe(422);
    expect(await endings(customer)).toEqual([['failed'], ['failed'], ['failed']]);
    await expectNothingHeld(customer);
  });

  it('R12 open holds return to zero after every outcome (HTTP): a cascade to a second target', async () => {
    const customer = await capped();
    ringside.upstream.replyOnce(failure(500));
    const model = ['fc:openai/gpt-4o', 'fc:openai/gpt-4o-mini'];
    expect((await answered(ringside.chat({ model, user: customer }))).status).toBe(200);
    expect(await endings(customer)).toEqual([['failed'], ['completed']]);
    await expectNothingHeld(customer);
  });

  it.each(['embeddings', 'moderations'])(
    'R12 open holds return to zero after every outcome (HTTP): %s that fail and succeed',
    async (route) => {
      const customer = await capped();
      for (const model of [
        'fc:sandbox/status-500',
        route === 'embeddings' ? 'fc:sandbox/embed' : 'fc:sandbox/moderate',
      ]) {
        await answered(ringside.fetch(`/v1/${route}`, { body: { model, input: 'Hi', user: customer } }));
      }
      expect(await endings(customer)).toEqual([['failed'], ['completed']]);
      await expectNothingHeld(customer);
    },
  );
});

describe('callers that leave', () => {
  it.each<[string, Script, boolean, number]>([
    ['before the upstream answers', silence(), false, 0],
    ['before the first event', silence([]), true, 0],
    ['after the first event', silence(begun), true, 1],
    ['after some text', silence(begun), true, 3],
  ])(
    'R12 open holds return to zero after every outcome (HTTP): the caller leaves %s',
    async (_, script, stream, seen) => {
      const customer = await capped();
      ringside.upstream.replyOnce(script);
      const [leaving, arrived] = [new AbortController(), ringside.upstream.arrived()];
      const body = {
        model: 'fc:openai/gpt-4o-mini',
        messages: [{ role: 'user', content: 'Hi' }],
        user: customer,
        stream,
      };
      const call = postChat(ringside, body, { signal: leaving.signal });
      await arrived;
      if (seen > 0) await new SseAnswer(await call).take(seen);
      leaving.abort();
      await call.catch(() => undefined);
      expect(await endings(customer)).toEqual([['aborted']]);
      await expectNothingHeld(customer);
    },
  );

  it('R12 open holds return to zero after every outcome (HTTP): the caller has left before anything is sent', async () => {
    const customer = await capped();
    const { app } = ringside.gateway;
    const before = ringside.upstream.count;
    const call = {
      endpoint: 'chat.completions' as const,
      requestId: `req_${'0'.repeat(24)}`,
      caller: (await app.get(ServerKeys).holderOf(hash('sha256', SERVER_KEY)))!,
      headers: {},
      body: { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], user: customer },
      signal: AbortSignal.abort(),
      arrivedAtMs: 0,
    };
    const left = { kind: 'failed', isSent: false, error: { message: expect.stringContaining('aborted') } };
    expect(await app.get(CommandBus).execute(new CompleteChat(call))).toMatchObject(left);
    expect([await endings(customer), ringside.upstream.count]).toEqual([[['HoldReleased']], before]);
    await expectNothingHeld(customer);
  });
});

it('R12 open holds return to zero after every outcome (HTTP): a parameter that the provider does not have is found after the hold', async () => {
  const { id } = await makeCustomer(ringside, 'unsupported');
  expect((await ringside.fetch(`/v1/customers/${id}/wallet/topup`, { body: { amount_usd: 1 } })).status).toBe(201);
  const before = ringside.upstream.count;
  const call = ringside.chat({ model: 'fc:ollama/llama3', n: 2, user: id }, { 'X-FC-Billable-Amount': '1' });
  const { status, text } = await answered(call);
  expect([status, JSON.parse(text)]).toMatchObject([400, { error: { code: 'unsupported_parameter', param: 'n' } }]);
  expect([await endings(id), ringside.upstream.count]).toEqual([[['HoldReleased']], before]);
  expect(await ringside.get(`/v1/customers/${id}/wallet`)).toMatchObject({ balance_usd: 1, held_usd: 0 });
});

it('R12 open holds return to zero after every outcome (HTTP): a stop that loses patience', async () => {
  const first = await Ringside.start({ env: { RINGSIDE_DRAIN_TIMEOUT_MS: '1' } });
  const { id } = await makeCustomer(first, 'drained', { monthly_budget_usd: 1 });
  const calls = [silence(), silence(begun)].map((script, index) => {
    first.upstream.replyOnce(script);
    return first.chat({ user: id, stream: index === 1 }).then(answered);
  });
  await first.upstream.arrived(2);
  await first.gateway.stop();
  await Promise.all(calls);
  const second = await Ringside.start({ dir: first.dir, upstream: first.upstream });
  expect(await endings(id, second)).toEqual([['aborted'], ['aborted']]);
  expect(await second.get(`/v1/customers/${id}`)).toMatchObject({ held_usd: 0 });
  await expectClosedBooks(second);
  await second.stop();
}, 30_000);
