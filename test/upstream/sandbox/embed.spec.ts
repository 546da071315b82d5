import { callOf, refusalOf, upstreamRoom } from '../calling.js';
import { embedded, embeddingsCall } from '../embedding.js';

const room = upstreamRoom();

const embedding = (model: string, body = {}) => embedded(room, embeddingsCall({ provider: 'sandbox', model, body }));

function moderating(model: string, input: unknown) {
  const { body: _, ...call } = callOf({ provider: 'sandbox', model });
  return room.moderate({ ...call, body: { model: `fc:sandbox/${model}`, input: input as string } });
}

const lengthOf = (vector: readonly number[]) => Math.hypot(...vector);

describe('fc:sandbox/embed', () => {
  it('gives each text its own unit vector, always the same', async () => {
    const { json, usage } = await embedding('embed', { input: ['one', 'other', 'one'] });
    const [one, other, again] = json.data.map(({ embedding: vector }) => vector as number[]);
    expect([one, other].map((vector) => [vector!.length, lengthOf(vector!)])).toEqual([
      [1536, expect.closeTo(1, 5)],
      [1536, expect.closeTo(1, 5)],
    ]);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect((await embedding('embed', { input: 'one' })).json.data[0]!.embedding).toEqual(one);
    expect([usage?.tokens.input, json.usage, json.model]).toEqual([4, { prompt_tokens: 4, total_tokens: 4 }, 'embed']);
  });

  it.each([1, 3, 1024, 4096])('honours dimensions of %i', async (dimensions) => {
    const vector = (await embedding('embed', { dimensions })).json.data[0]!.embedding as number[];
    expect([vector.length, lengthOf(vector)]).toEqual([dimensions, expect.closeTo(1, 5)]);
  });

  it.each<[string, object]>([
    ['dimensions', { dimensions: 4097 }],
    ['no_such_parameter', { no_such_parameter: 1 }],
  ])('C3 refuses %s as OpenAI does: %j', async (param, body) => {
    expect(await refusalOf(embedding('embed', body))).toMatchObject({
      code: 'upstream_invalid_request',
      status: 400,
      param,
    });
  });

  it('gives the same numbers in base64', async () => {
    const [plain, base64] = await Promise.all(
      ['float', 'base64'].map(
        async (encoding_format) =>
          (await embedding('embed', { dimensions: 8, encoding_format })).json.data[0]!.embedding,
      ),
    );
    const bytes = Buffer.from(base64 as string, 'base64');
    expect(Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(index * 4))).toEqual(plain);
  });

  it('takes token numbers', async () => {
    const { json, usage } = await embedding('embed', { input: [[1, 2], [3]], dimensions: 2 });
    expect([json.data.length, usage?.tokens.input]).toEqual([2, 3]);
    expect((await embedding('embed', { input: [1, 2], dimensions: 2 })).json.data[0]).toEqual(json.data[0]);
  });
});

describe('fc:sandbox/moderate', () => {
  it('flags what asks for it', async () => {
    const { body, flagged, usage } = await moderating('moderate', ['be kind', 'please flag-me now']);
    const { results, ...rest } = JSON.parse(body.toString()) as {
      results: { flagged: boolean; categories: Record<string, boolean> }[];
    };
    expect(
      results.map((result) => [result.flagged, result.categories['harassment'], result.categories['violence']]),
    ).toEqual([
      [false, false, false],
      [true, true, false],
    ]);
    expect(rest).toEqual({ id: 'modr-0060abcdefghijklmnopqrst', model: 'moderate' });
    expect([flagged, usage?.tokens.input]).toEqual([true, 7]);
  });

  it('judges the parts of one content together', async () => {
    const parts = [
      { type: 'text', text: 'flag-me' },
      { type: 'image_url', image_url: { url: 'data:,' } },
      { type: 'text', text: 'hi' },
    ];
    const { body, flagged } = await moderating('moderate', parts);
    expect([(JSON.parse(body.toString()) as { results: unknown[] }).results.length, flagged]).toEqual([1, true]);
    expect((await moderating('moderate', 'all fine')).flagged).toBe(false);
  });
});

it.each<[string, string]>([
  ['status-503', 'upstream_unavailable'],
  ['status-429', 'upstream_quota_exceeded'],
  ['cut-0', 'upstream_unavailable'],
  ['echo', 'upstream_invalid_request'],
  ['embed-2', 'upstream_invalid_request'],
])('%s fails there, too', async (model, code) => {
  expect((await refusalOf(embedding(model))).code).toBe(code);
  expect((await refusalOf(moderating(model, 'Hi'))).code).toBe(code);
});

it('answers later where asked to, and each task has its own model', async () => {
  expect((await embedding('slow-1')).json.data).toHaveLength(1);
  expect((await refusalOf(moderating('embed', 'Hi'))).message).toContain('does not exist');
  expect((await refusalOf(embedding('moderate'))).message).toContain('does not exist');
  expect((await refusalOf(room.chat(callOf({ provider: 'sandbox', model: 'embed' })))).message).toContain(
    'does not exist',
  );
});
