import { setTimeout as wait } from 'node:timers/promises';
import { eventsOf, usageBooked } from '../../support/booked.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { DONE, echo, json, type Script, silence, streamOf } from '../../support/scripted-upstream.js';
import { textIn } from '../../support/sse-answer.js';
import { takeStoreOut, type Outage } from '../../support/store-out.js';

let ringside: Ringside;
let bringBack: () => void;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(async () => {
  bringBack();
  await expectClosedBooks(ringside);
});
afterAll(() => ringside.stop());

const TEST_TIMEOUT_MS = 30_000;

/** The store goes out once the upstream has the request, so that it is caught between answer and append. */
function goingOut(script: Script, outage?: Outage): Script {
  return (...request) => {
    bringBack = takeStoreOut(ringside, outage);
    return script(...request);
  };
}

async function readiness(): Promise<[number, string[]]> {
  const response = await ringside.fetch('/readyz');
  return [response.status, ((await response.json()) as { missing: string[] }).missing];
}

/** While usage waits, a call is refused before anything is sent, whoever makes it. */
async function expectClosed(waiting: number): Promise<void> {
  const sent = ringside.upstream.count;
  for (const body of [{}, { stream: true, user: 'somebody new' }]) {
    const { status, headers, text } = await answered(ringside.chat(body));
    expect([status, JSON.parse(text)]).toMatchObject([
      503,
      { error: { code: 'ledger_unavailable', type: 'api_error', param: null } },
    ]);
    expect([headers.get('retry-after'), headers.get('x-should-retry')]).toEqual(['1', 'true']);
  }
  expect(ringside.upstream.count).toBe(sent);
  expect(await readiness()).toEqual([
    503,
    [`the usage of ${waiting} earlier calls is still to be written to the ledger`],
  ]);
}

/** Once the store is back the next call goes through, and the book has every call of the request ids once. */
async function expectOpenAgain(...requests: (string | null)[]): Promise<void> {
  bringBack();
  expect((await answered(ringside.chat())).status).toBe(200);
  expect(await readiness()).toEqual([200, []]);
  const booked = (await usageIn(ringside)).map(({ requestId }) => requestId!);
  expect(booked.filter((request) => requests.includes(request))).toEqual(requests);
  for (const request of requests) expect(await ringside.get(`/v1/requests/${request}`)).toMatchObject({ id: request });
}

describe.each<Outage>(['nothing is written', 'answers are lost'])('while the ledger is out: %s', (outage) => {
  it.each(['json', 'stream'])(
    `R18 append conflicts and store time-outs are retried, never dropped: a %s answer caught between upstream and append is given, and booked once, ${outage}`,
    async (mode) => {
      ringside.upstream.replyOnce(goingOut(echo(), outage));
      const { status, headers, text } = await answered(ringside.chat({ stream: mode === 'stream', user: 'known' }));
      expect([
        status,
        mode === 'stream' ? [textIn(text), text.endsWith(DONE)] : JSON.parse(text).choices[0].message.content,
      ]).toEqual([200, mode === 'stream' ? ['Hi', true] : 'Hi']);
      // What was written though its answer was lost is found the moment a call asks.
      if (outage === 'nothing is written') await expectClosed(1);
      await expectOpenAgain(headers.get('x-request-id'));
    },
    TEST_TIMEOUT_MS,
  );
});

it(
  'R18 append conflicts and store time-outs are retried, never dropped: calls in flight end as they would, and are booked in the order they ended',
  async () => {
    const leaving = new AbortController();
    const arrived = ringside.upstream.count;
    const open = Promise.withResolvers<void>();
    const gated: Script = async (...request) => {
      await open.promise;
      return echo()(...request);
    };
    ringside.upstream.replyOnce(gated);
    const slow = answered(ringside.chat({ user: 'slow' }));
    await ringside.upstream.arrived(arrived + 1);
    ringside.upstream.replyOnce(silence(streamOf(['Words']).slice(0, 2)));
    const left = ringside.fetch('/v1/chat/completions', {
      body: { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], stream: true },
      signal: leaving.signal,
    });
    const leftId = (await left).headers.get('x-request-id');
    ringside.upstream.replyOnce(goingOut(json({ error: { message: 'no' } }, { status: 500 })));
    const failed = await answered(ringside.chat({ user: 'known' }));
    expect(failed.status).toBe(503);
    leaving.abort();
    // A caller that left hears of nothing; readiness counts what was seen of its call.
    while ((await readiness())[1][0] !== 'the usage of 2 earlier calls is still to be written to the ledger')
      await wait(5);
    open.resolve();
    const { status, headers } = await slow;
    expect(status).toBe(200);
    await expectClosed(3);
    await expectOpenAgain(failed.headers.get('x-request-id'), leftId, headers.get('x-request-id'));
    expect((await usageIn(ringside)).slice(-4).map(({ data: { outcome } }) => outcome)).toEqual([
      'failed',
      'aborted',
      'completed',
      'completed',
    ]);
  },
  TEST_TIMEOUT_MS,
);

it(
  'R18 append conflicts and store time-outs are retried, never dropped: a hold stays until its call is booked, and the wallet pays then',
  async () => {
    const { id } = await makeCustomer(ringside, 'limited', { monthly_budget_usd: 1 });
    expect((await ringside.fetch(`/v1/customers/${id}/wallet/topup`, { body: { amount_usd: 1 } })).status).toBe(201);
    const headers = { 'X-FC-Billable-Amount': '0.25' };
    ringside.upstream.replyOnce(goingOut(echo()));
    const answer = await answered(ringside.chat({ user: id, max_tokens: 10 }, headers));
    expect([answer.status, answer.headers.get('x-ringside-wallet-balance')]).toEqual([200, null]);
    await expectClosed(1);
    expect([await eventsOf(ringside, 'UsageHeld', id), await eventsOf(ringside, 'HoldReleased', id)]).toMatchObject([
      [{}],
      [],
    ]);
    await expectOpenAgain(answer.headers.get('x-request-id'));
    const usage = await eventsOf(ringside, 'UsageRecorded', id);
    expect(usage.map(({ data }) => data)).toMatchObject([
      { flags: [], wallet: { debitNanoUsd: '250000000', balanceNanoUsd: '750000000' } },
    ]);
    const next = await answered(ringside.chat({ user: id, max_tokens: 10 }, headers));
    expect([next.headers.get('x-ringside-wallet-balance'), next.headers.get('x-ringside-wallet-deducted')]).toEqual([
      '0.5',
      '0.25',
    ]);
  },
  TEST_TIMEOUT_MS,
);

it(
  'R18 append conflicts and store time-outs are retried, never dropped: an answer that waits in the spool is the one its Idempotency-Key gives again',
  async () => {
    const call = () => answered(ringside.chat({ user: 'known' }, { 'Idempotency-Key': 'caught between' }));
    ringside.upstream.replyOnce(goingOut(echo()));
    const [first, sent] = [await call(), ringside.upstream.count];
    const again = await call();
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([200, first.text, 'true']);
    expect(ringside.upstream.count).toBe(sent);
    await expectClosed(1);
    await expectOpenAgain(first.headers.get('x-request-id'));
  },
  TEST_TIMEOUT_MS,
);

it(
  'R18 append conflicts and store time-outs are retried, never dropped: what waits is booked though no call asks for it',
  async () => {
    ringside.upstream.replyOnce(goingOut(echo()));
    const before = (await usageIn(ringside)).length;
    const { headers } = await answered(ringside.chat());
    bringBack();
    expect((await usageBooked(ringside, before + 1)).at(-1)!.requestId).toBe(headers.get('x-request-id'));
    while ((await readiness())[0] !== 200) await wait(5);
  },
  TEST_TIMEOUT_MS,
);

it(
  'R18 append conflicts and store time-outs are retried, never dropped: a gateway that stops while the ledger is out leaves the usage to the next one',
  async () => {
    ringside.upstream.replyOnce(goingOut(echo()));
    const { headers } = await answered(ringside.chat());
    const { dir, upstream } = ringside;
    await ringside.gateway.stop();
    ringside = await Ringside.start({ dir, upstream });
    bringBack = () => undefined;
    expect(await readiness()).toEqual([200, []]);
    expect((await usageIn(ringside)).at(-1)!.requestId).toBe(headers.get('x-request-id'));
  },
  TEST_TIMEOUT_MS,
);
