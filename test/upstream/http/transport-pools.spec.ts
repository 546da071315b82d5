import { buffer } from 'node:stream/consumers';
import { Clock } from '../../../src/domain/clock.js';
import { Transport } from '../../../src/upstream/http/transport.js';
import { GatedStream, json, ScriptedUpstream, streamOf } from '../../support/scripted-upstream.js';

class StillClock extends Clock {
  override nowMs = () => 0;
  override elapsedMs = () => 0;
}

const TIMEOUTS = { connectTimeoutMs: 5_000, headersTimeoutMs: 20_000, idleTimeoutMs: 20_000, totalTimeoutMs: 20_000 };

describe('S14 connections to places without number', () => {
  const upstreams: ScriptedUpstream[] = [];
  let transport: Transport;
  beforeEach(async () => {
    transport = new Transport(TIMEOUTS, new StillClock(), false, 2);
    for (let no = 0; no < 4; no++) upstreams.push(await ScriptedUpstream.start());
  });
  afterEach(async () => {
    await transport.close();
    await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
  });

  const send = ({ url }: ScriptedUpstream) => {
    const request = {
      provider: 'openai',
      baseUrl: url,
      path: '/chat/completions',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    };
    return transport.send(request, new AbortController().signal, { upstreamMs: 0 });
  };
  const answered = async (upstream: ScriptedUpstream) => buffer((await send(upstream)).body);
  const connections = () => Promise.all(upstreams.map((upstream) => upstream.connections()));

  it('S14 closes the pool that was used least lately', async () => {
    for (const upstream of upstreams) upstream.reply(json({}));
    for (const upstream of upstreams) await answered(upstream);
    while ((await connections()).join() !== '0,0,1,1') await new Promise((resolve) => setImmediate(resolve));
    await answered(upstreams[2]!);
    await answered(upstreams[0]!);
    while ((await connections()).join() !== '1,0,1,0') await new Promise((resolve) => setImmediate(resolve));
  });

  it('S14 cuts no call that is in flight, and reaches its place again meanwhile', async () => {
    const [first, ...others] = upstreams;
    const gate = new GatedStream(streamOf(['one', 'two']));
    first!.replyOnce(gate.script);
    first!.reply(json({}));
    for (const upstream of others) upstream.reply(json({}));
    gate.release();
    const { body } = await send(first!);
    for (const upstream of others) await answered(upstream);
    expect((await answered(first!)).toString()).toBe('{}');
    gate.release(100);
    expect((await buffer(body)).toString()).toContain('two');
  });

  it('S14 waits at its own end for calls of pools that it had given up', async () => {
    const [first, ...others] = upstreams;
    const gate = new GatedStream(streamOf(['one']));
    first!.reply(gate.script);
    for (const upstream of others) upstream.reply(json({}));
    gate.release();
    const { body } = await send(first!);
    for (const upstream of others) await answered(upstream);
    const order: string[] = [];
    const closed = transport.close().then(() => order.push('closed'));
    const read = buffer(body).then(() => order.push('read'));
    gate.release(100);
    await Promise.all([closed, read]);
    expect(order).toContain('read');
    expect(order.at(-1)).toBe('closed');
  });
});
