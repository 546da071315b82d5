import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { eventsIn, eventsOf } from '../../support/booked.js';
import { expectMoneyHeld } from '../../support/money-assertions.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside } from '../../support/ringside.js';
import { completion, sendJson, streamOf, ScriptedUpstream, SSE_HEADERS } from '../../support/scripted-upstream.js';

const messages = [{ role: 'user', content: 'Hi' }];

describe('a caller that leaves before its request is on the wire', () => {
  it('S25 pays nothing, and what was held for it is freed', async () => {
    // It takes connections and says nothing, so that none of them is ever secure enough to send a request over.
    const arrived = Promise.withResolvers<void>();
    const server = createServer(() => arrived.resolve());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const env = { OPENAI_BASE_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
    const ringside = await Ringside.start({ env });
    const { id: user } = await makeCustomer(ringside, 'leaving', { monthly_budget_usd: 1 });
    const leaving = new AbortController();
    const call = postChat(ringside, { model: 'fc:openai/gpt-4o-mini', messages, user }, { signal: leaving.signal });
    await arrived.promise;
    leaving.abort();
    await call.catch(() => undefined);

    let ends: string[] = [];
    while (ends.length === 0) {
      const events = (await eventsIn(ringside)).filter(({ customer }) => customer === user);
      ends = events.map(({ type }) => type).filter((type) => type === 'UsageRecorded' || type === 'HoldReleased');
    }
    expect(ends).toEqual(['HoldReleased']);
    expect(await eventsOf(ringside, 'UsageRecorded', user)).toEqual([]);
    await ringside.stop();
    server.close();
  });

  it('S25 of 400 that leave at any moment those are booked that the provider got, and no others', async () => {
    const upstream = await ScriptedUpstream.start();
    upstream.keepRequests = false;
    const got = new Set<string>();
    upstream.reply(async ({ body }, response) => {
      got.add(body.model);
      await wait(5);
      if (body.stream !== true) return sendJson(response, 200, completion({ model: body.model }));
      response.writeHead(200, SSE_HEADERS);
      response.end(streamOf(['Hi'], { model: body.model }).join(''));
    });
    const ringside = await Ringside.start({ upstream });
    const calls = Array.from({ length: 400 }, (_, no) => no).values();
    const caller = async () => {
      for (const no of calls) {
        // From before the request is read to after it is answered.
        const signal = AbortSignal.timeout(no % 40);
        const body = { model: `fc:openai/left-${no}`, messages, stream: no % 2 === 0 };
        await postChat(ringside, body, { signal })
          .then((response) => response.text())
          .catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: 10 }, caller));
    await ringside.gateway.stop();
    const again = await Ringside.start({ upstream, dir: ringside.dir });
    const events = await eventsIn(again);
    await again.stop();
    const booked = events
      .filter((event) => event.type === 'UsageRecorded')
      .map(({ data }) => data.refUsed.replace('fc:openai/', ''));
    expect(booked.toSorted()).toEqual([...got].toSorted());
    expect(booked.length).toBeGreaterThan(20);
    expectMoneyHeld(events);
  });
});
