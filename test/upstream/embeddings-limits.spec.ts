import { answer, json, ScriptedUpstream } from '../support/scripted-upstream.js';
import { refusalOf, upstreamRoom } from './calling.js';
import { embedded, embeddingsCall, manyTexts } from './embedding.js';

describe('S8 many vectors of a provider', () => {
  let upstream: ScriptedUpstream;
  const room = upstreamRoom({}, {}, undefined, { bytes: 100_000, vectorBytes: 3_000_000 });
  beforeAll(async () => {
    upstream = await ScriptedUpstream.start();
  });
  afterAll(async () => {
    await room.onApplicationShutdown();
    await upstream.close();
  });

  const vector = (n: number) => Array.from({ length: 512 }, (_, index) => (n * 512 + index) / 2 ** 20);
  const listOf = (count: number) => ({
    object: 'list',
    data: Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding: vector(index) })),
    model: 'm',
    usage: { prompt_tokens: 8, total_tokens: 8 },
  });
  const ask = (count: number, body = {}, provider = 'openai') =>
    embedded(room, embeddingsCall({ provider, baseUrl: upstream.url, body: { input: manyTexts(count), ...body } }));

  it('S8 are read and written in slices, to the last digit', async () => {
    upstream.reply(json(listOf(200)));
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    const asking = ask(200, { encoding_format: 'base64' });
    await upstream.arrived(1);
    turn();
    const { json: given } = await asking;
    isOver = true;
    const floats = Buffer.from(given.data[7]!.embedding as string, 'base64');
    expect(vector(7).map((_, index) => floats.readFloatLE(index * 4))).toEqual(vector(7));
    expect(given.data).toHaveLength(200);
    expect(turns).toBeGreaterThan(20);
  });

  it('S8 go beyond no limit of bytes', async () => {
    upstream.reply(answer(200, `{"data":[${'{},'.repeat(1_100_000)}{}]}`, { 'content-type': 'application/json' }));
    expect(await refusalOf(ask(200))).toMatchObject({
      code: 'upstream_invalid_response',
      message: expect.stringMatching(/larger than 3000000/),
    });
  });

  it('S8 of several requests at once have together what one has', async () => {
    upstream.reply(answer(200, 'x'.repeat(600_000), { 'content-type': 'application/json' }));
    const error = await refusalOf(ask(960, {}, 'cohere'));
    expect(error).toMatchObject({
      code: 'upstream_invalid_response',
      message: expect.stringMatching(/larger than 375000 bytes/),
    });
  });
});
