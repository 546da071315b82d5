import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

async function send(method: string, path: string, body: unknown): Promise<[number, Record<string, unknown>]> {
  const response = await ringside.fetch(path, { method, body });
  return [response.status, (await response.json()) as Record<string, unknown>];
}

const head = () => ringside.gateway.app.get(EventStore).head();

describe('rate limits of a customer', () => {
  it('are null, or what it was created with, and are shown wherever it is', async () => {
    expect(await send('POST', '/v1/customers', { external_id: 'free' })).toMatchObject([
      201,
      { rate_limit_rpm: null, rate_limit_tpm: null },
    ]);
    const [status, made] = await send('POST', '/v1/customers', {
      external_id: 'limited',
      rate_limit_rpm: 60,
      rate_limit_tpm: 1_000_000_000,
    });
    expect([status, made]).toMatchObject([201, { rate_limit_rpm: 60, rate_limit_tpm: 1_000_000_000 }]);
    expect(await ringside.get('/v1/customers/limited')).toEqual(made);
    expect((await ringside.get('/v1/customers')).data).toContainEqual(made);
  });

  it('change one by one, stay when they are not named, and null clears', async () => {
    await send('POST', '/v1/customers', { external_id: 'changing', name: 'C', rate_limit_rpm: 1 });
    const patch = async (body: unknown) => (await send('PATCH', '/v1/customers/changing', body))[1];
    expect(await patch({ rate_limit_tpm: 500 })).toMatchObject({ name: 'C', rate_limit_rpm: 1, rate_limit_tpm: 500 });
    expect(await patch({ name: 'D' })).toMatchObject({ name: 'D', rate_limit_rpm: 1, rate_limit_tpm: 500 });
    expect(await patch({ rate_limit_rpm: null })).toMatchObject({ rate_limit_rpm: null, rate_limit_tpm: 500 });
    expect(await patch({ rate_limit_rpm: 7, rate_limit_tpm: null })).toMatchObject({
      rate_limit_rpm: 7,
      rate_limit_tpm: null,
    });
  });

  it.each(['0', '-1', '1.5', '"60"', '"NaN"', 'true', '[]', '{}', '1e400', '1000000001', '9007199254740993'])(
    'cannot be %s: 400 names the field and nothing is written',
    async (value) => {
      await send('POST', '/v1/customers', { external_id: 'kept', rate_limit_rpm: 3, rate_limit_tpm: 4 });
      const before = await head();
      for (const field of ['rate_limit_rpm', 'rate_limit_tpm']) {
        const refused = [
          400,
          { error: { code: 'invalid_parameter', param: field, message: expect.stringContaining(field) } },
        ];
        expect(await send('POST', '/v1/customers', `{"external_id":"never","${field}":${value}}`)).toMatchObject(
          refused,
        );
        expect(await send('PATCH', '/v1/customers/kept', `{"${field}":${value},"name":"x"}`)).toMatchObject(refused);
      }
      expect(await head()).toBe(before);
      expect(await ringside.get('/v1/customers/kept')).toMatchObject({
        name: null,
        rate_limit_rpm: 3,
        rate_limit_tpm: 4,
      });
    },
  );
});
