import { buffer } from 'node:stream/consumers';
import { SettableClock } from '../../support/settable-clock.js';
import { Sandbox } from '../../../src/upstream/sandbox/sandbox.js';
import { plainestValue } from '../../../src/upstream/sandbox/schema-value.js';
import { callOf, jsonOf, readAll, refusalOf, upstreamRoom } from '../calling.js';
import { embedded, embeddingsCall, manyTexts } from '../embedding.js';

const room = upstreamRoom();
const embedding = (body: object) => embedded(room, embeddingsCall({ provider: 'sandbox', model: 'embed', body }));
const echoing = (body: object) => room.chat(callOf({ provider: 'sandbox', model: 'echo', body: { ...body } }));
const says = (content: string) => ({ messages: [{ role: 'user', content }] });

describe('S8 the sandbox has the limits of a provider', () => {
  it.each([
    ['more texts than one request takes', { input: manyTexts(2049), dimensions: 1 }, /at most 2048 texts/],
    ['a text that is too long', { input: 'x'.repeat(4 * 8192 + 1) }, /maximum input length is 8192 tokens/],
    [
      'more tokens than one request takes',
      { input: Array.from({ length: 40 }, () => 'x'.repeat(32_000)), dimensions: 1 },
      /at most 300000 in one request/,
    ],
    ['as many numbers of a text', { input: Array.from({ length: 8193 }, () => 1) }, /maximum input length/],
    ['more numbers than one answer has', { input: manyTexts(2048), dimensions: 4096 }, /at most 1048576 numbers/],
  ])('S8 for vectors: %s', async (_, body, message) => {
    expect(await refusalOf(embedding(body))).toMatchObject({
      code: 'upstream_invalid_request',
      message: expect.stringMatching(message),
    });
  });

  it('S8 gives as many vectors as it may, in slices', async () => {
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const { json } = await embedding({ input: manyTexts(256), dimensions: 1024 });
    isOver = true;
    expect([json.data.length, json.data[255]!.embedding.length]).toEqual([256, 1024]);
    expect(turns).toBeGreaterThan(64);
  });

  it('S8 gives vectors in either encoding, the same', async () => {
    const [plain, encoded] = await Promise.all(
      (['float', 'base64'] as const).map((encoding_format) =>
        embedding({ input: manyTexts(20), dimensions: 512, encoding_format }),
      ),
    );
    const floatsOf = (text: string) =>
      Array.from({ length: 512 }, (_, index) => Buffer.from(text, 'base64').readFloatLE(index * 4));
    expect(encoded!.json.data.map(({ embedding: text }) => floatsOf(text as string))).toEqual(
      plain!.json.data.map((one) => one.embedding),
    );
  });

  it('S8 takes no prompt that is longer than any context window', async () => {
    expect(await refusalOf(echoing(says('x'.repeat(4_200_000))))).toMatchObject({
      code: 'upstream_context_length_exceeded',
    });
  });

  it('S8 gives many short answers, but not many long ones', async () => {
    expect((await jsonOf(echoing({ n: 128, ...says('Hi') }))).json.choices).toHaveLength(128);
    const long = { n: 128, stream: true, ...says('a '.repeat(750_000)) };
    expect(await refusalOf(echoing(long))).toMatchObject({ code: 'upstream_invalid_request', param: 'n' });
  });

  it('S8 a long stream lets others in', async () => {
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const { text } = await readAll(echoing({ stream: true, ...says('a '.repeat(20_000)) }));
    isOver = true;
    expect(text).toHaveLength(40_000);
    expect(turns).toBeGreaterThan(100);
  });

  it.each([
    ['a value that a list repeats', { type: 'array', minItems: 1000, items: { const: 'x'.repeat(100_000) } }],
    [
      'names that a list repeats',
      { type: 'array', minItems: 1000, items: { type: 'object', required: ['y'.repeat(100_000)] } },
    ],
    [
      'parts without number',
      {
        type: 'array',
        minItems: 1000,
        items: { allOf: Array.from({ length: 20_000 }, (_, n) => ({ required: [`k${n}`] })) },
      },
    ],
    ['a reference without end', { type: 'array', minItems: 1000, items: { $ref: `#${'/items'.repeat(20_000)}` } }],
  ])('S8 writes no value of a schema that is without measure: %s', (_, schema) => {
    expect(JSON.stringify(plainestValue(schema)).length).toBeLessThan(3_000_000);
  });
});

describe('S26 a slow model of the sandbox', () => {
  const request = {
    provider: 'sandbox',
    baseUrl: '',
    path: '/chat/completions',
    headers: {},
    body: '{"model":"slow-999999","messages":[]}',
  };

  it('S26 is given up after the total time-out', async () => {
    const sandbox = new Sandbox(new SettableClock(), 20);
    const error = await refusalOf(sandbox.send(request, new AbortController().signal, { upstreamMs: 0 }));
    expect(error).toMatchObject({ code: 'upstream_unavailable', message: 'sandbox: no complete answer within 20 ms' });
  });

  it('S26 ends when its caller leaves, and one within the time answers', async () => {
    const leaving = new AbortController();
    const sandbox = new Sandbox(new SettableClock(), 60_000);
    const sent = sandbox.send(request, leaving.signal, { upstreamMs: 0 });
    leaving.abort(new Error('left'));
    await expect(sent).rejects.toThrow('left');
    const soon = { ...request, body: request.body.replace('999999', '5') };
    const { status, body } = await sandbox.send(soon, new AbortController().signal, { upstreamMs: 0 });
    expect([status, (await buffer(body)).length > 0]).toEqual([200, true]);
  });
});
