import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { AwsEventStreamReader } from '../../../src/upstream/http/aws-event-stream.js';
import { encodeFrame, type EventStreamFrame } from '../../support/event-stream-frames.js';
import { bytes, ScriptedUpstream } from '../../support/scripted-upstream.js';
import { callOf, readAll, upstreamRoom } from '../calling.js';

const text = (words: string): EventStreamFrame => ({
  type: 'event',
  name: 'contentBlockDelta',
  payload: { contentBlockIndex: 0, delta: { text: words } },
});
const START: EventStreamFrame = { type: 'event', name: 'messageStart', payload: { role: 'assistant' } };
const STORY = [
  START,
  text('Once upon '),
  text('a time – 😀'),
  { type: 'event', name: 'messageStop', payload: { stopReason: 'end_turn' } } as const,
];
const bodyOf = (frames: readonly EventStreamFrame[]) => Buffer.concat(frames.map(encodeFrame));

/** The events of a body that arrives in pieces, cut at these places. */
function read(body: Buffer, cuts: readonly number[] = []) {
  const reader = new AwsEventStreamReader('bedrock');
  const places = [0, ...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
  const events = places.slice(1).flatMap((to, n) => [...reader.push(body.subarray(places[n], to))]);
  return { events, rest: reader.end() };
}

/** A frame whose headers are these bytes, with checksums that fit. */
function frameWith(headers: Buffer, payload: string): Buffer {
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headers.length + Buffer.byteLength(payload), 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const front = Buffer.concat([prelude, headers, Buffer.from(payload)]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(front), 0);
  return Buffer.concat([front, sum]);
}

const header = (name: string, type: number, value: Buffer) =>
  Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([type]), value]);
const long = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]); // prettier-ignore

describe('the reader of AWS’s event streams', () => {
  it('gives events by their names, with their payload as it is', () => {
    const { events } = read(bodyOf(STORY));
    expect(events.map(({ event }) => event)).toEqual([
      'messageStart',
      'contentBlockDelta',
      'contentBlockDelta',
      'messageStop',
    ]);
    expect(events.map(({ data }) => JSON.parse(data!))).toEqual(STORY.map(({ payload }) => payload));
  });

  it('gives the same events wherever the network cuts the body, each the moment it is whole', () => {
    const frame = fc.record({
      type: fc.constantFrom('event' as const, 'exception' as const),
      name: fc.stringMatching(/^[a-zA-Z]{1,40}$/),
      payload: fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 30 }), {
        maxKeys: 4,
      }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), fc.array(fc.nat(5000), { maxLength: 20 }), (frames, cuts) => {
        const body = bodyOf(frames);
        const whole = read(body).events;
        expect(whole).toHaveLength(frames.length);
        expect(read(body, cuts).events).toEqual(whole);
        expect(read(body, Array.from(body.keys())).events).toEqual(whole);
        expect(Buffer.concat(whole.map(({ raw }) => raw)).equals(body)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps nothing back: a frame is an event as soon as its last byte is here', () => {
    const reader = new AwsEventStreamReader('bedrock');
    const frame = encodeFrame(START);
    expect([...reader.push(frame.subarray(0, -1))]).toEqual([]);
    expect([...reader.push(Buffer.concat([frame.subarray(-1), frame.subarray(0, 3)]))]).toHaveLength(1);
    expect([...reader.push(frame.subarray(3))]).toHaveLength(1);
  });

  it('finds every byte that is not what was sent', () => {
    const body = bodyOf(STORY);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), fc.array(fc.nat(5000), { maxLength: 8 }), (place, change, cuts) => {
        const damaged = Buffer.from(body);
        damaged[place]! ^= change;
        expect(() => read(damaged, cuts)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response', message: 'bedrock: the stream has a broken frame' }));
      }),
      { numRuns: 200 },
    );
  }); // prettier-ignore

  it.each<[string, Buffer]>([
    ['a web page', Buffer.from('<html><body>Bad gateway</body></html>')],
    ['a frame of 4 GB', Buffer.concat([Buffer.from('ffffffff00000000', 'hex'), Buffer.from(crc32(Buffer.from('ffffffff00000000', 'hex')).toString(16).padStart(8, '0'), 'hex')])],
    ['a frame shorter than any', Buffer.concat([Buffer.from('0000000400000000', 'hex'), Buffer.from(crc32(Buffer.from('0000000400000000', 'hex')).toString(16).padStart(8, '0'), 'hex')])],
    ['a header of an unknown type', frameWith(header(':event-type', 77, long('x')), '{}')],
    ['headers beyond the frame', frameWith(header(':event-type', 7, Buffer.from([0x7f, 0xff, 0x61])), '')],
    ['a payload that is not UTF-8', (() => { const frame = frameWith(header(':event-type', 7, long('x')), 'ab'); frame[frame.length - 5] = 0xff; frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4); return frame; })()],
  ])('does not wait for the rest of %s', (_, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  }); // prettier-ignore

  it('passes over headers of every type that it does not need', () => {
    const types: [number, number][] = [[0, 0], [1, 0], [2, 1], [3, 2], [4, 4], [5, 8], [8, 8], [9, 16]]; // prettier-ignore
    const others = types.map(([type, size]) => header(`x${type}`, type, Buffer.alloc(size, 1)));
    const frame = frameWith(
      Buffer.concat([...others, header('x6', 6, long('ab')), header(':event-type', 7, long('messageStart'))]),
      '{}',
    );
    expect(read(frame).events).toMatchObject([{ event: 'messageStart', data: '{}' }]);
  });

  it('gives exceptions and errors with a type and a message', () => {
    const { events } = read(
      bodyOf([
        { type: 'exception', name: 'throttlingException', payload: { message: 'slow down', originalStatusCode: 429 } },
        { type: 'exception', name: 'validationException', payload: { Message: 'odd' } },
        { type: 'error', name: 'InternalFailure', payload: { message: 'it broke' } },
      ]),
    );
    expect(events.map(({ event, data }) => [event, JSON.parse(data!)])).toMatchObject([
      ['exception', { type: 'throttlingException', message: 'slow down' }],
      ['exception', { type: 'validationException', message: 'odd' }],
      ['error', { type: 'InternalFailure', message: 'it broke' }],
    ]);
  });

  it('makes nothing of a frame that was cut short', () => {
    const body = bodyOf(STORY);
    const { events, rest } = read(body.subarray(0, -7));
    expect(events).toHaveLength(STORY.length - 1);
    expect(rest).toBeUndefined();
  });
});

describe('a damaged stream of Bedrock', () => {
  let upstream: ScriptedUpstream;
  const room = upstreamRoom();
  beforeAll(async () => {
    upstream = await ScriptedUpstream.start();
  });
  afterAll(async () => {
    await room.onApplicationShutdown();
    await upstream.close();
  });

  const streaming = (body: Buffer, sizes?: readonly number[]) => {
    upstream.replyOnce(bytes(body, sizes));
    return readAll(room.chat(callOf({ provider: 'bedrock', model: 'amazon.nova-lite-v1:0', baseUrl: new URL(upstream.url).origin, body: { stream: true } })));
  }; // prettier-ignore

  it('is an error behind what came before the damage', async () => {
    const body = bodyOf(STORY);
    body[body.length - 1]! ^= 1;
    for (const sizes of [[Infinity], [1]]) {
      const told = await streaming(body, sizes);
      expect(told).toMatchObject({ text: 'Once upon a time – 😀', error: { code: 'upstream_invalid_response' } });
    }
  });

  it('is complete without its counts once the reason to stop has come', async () => {
    expect(await streaming(bodyOf(STORY))).toMatchObject({
      text: 'Once upon a time – 😀',
      usage: undefined,
      error: undefined,
    });
  });

  it('passes over events that nobody has heard of', async () => {
    const body = bodyOf([START, { type: 'event', name: 'futureEvent', payload: { text: 'x' } }, ...STORY.slice(1)]);
    expect(await streaming(body)).toMatchObject({ text: 'Once upon a time – 😀', error: undefined });
  });
});
