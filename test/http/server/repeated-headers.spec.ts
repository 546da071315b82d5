import { RawConnection, WITH_KEY } from '../../support/raw-connection.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => RawConnection.closeAll());
afterAll(() => ringside.stop());

const CHAT = JSON.stringify({ model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }] });

async function send(route: string, body: string, ...headers: string[]) {
  const connection = await RawConnection.open(ringside);
  connection
    .head(`${route} HTTP/1.1`, 'host: x', 'connection: close', `content-length: ${body.length}`, ...headers)
    .send(body);
  return connection.answer();
}

describe('a header that says one thing', () => {
  it.each([
    ['FC-Customer', 'x1', 'x2'],
    ['FC-Customer', 'same', 'same'],
    ['FC-Session-Id', 'a', 'b'],
    ['X-FC-Billable-Amount', '1', '2'],
    ['Idempotency-Key', 'a', 'b'],
    ['FC-Property-team', 'a', 'b'],
    ['Content-Type', 'application/json', 'text/plain'],
  ])('S18 %s sent twice is a 400 that names it, and nothing is sent upstream', async (header, first, second) => {
    for (const other of [header, header.toUpperCase()]) {
      const answer = await send(
        'POST /v1/chat/completions',
        CHAT,
        WITH_KEY,
        `${header}: ${first}`,
        `${other}: ${second}`,
      );
      expect([answer.status, answer.body.error]).toEqual([
        400,
        {
          type: 'invalid_request_error',
          code: 'invalid_parameter',
          message: `${header} must be given once`,
          param: header,
        },
      ]);
    }
    expect((await ringside.get('/v1/customers')).data).toEqual([]);
  });

  it('S18 two keys are no key', async () => {
    const answer = await send('POST /v1/chat/completions', CHAT, WITH_KEY, WITH_KEY);
    expect([answer.status, answer.body.error.param]).toEqual([400, 'Authorization']);
  });

  it('S18 holds on routes of the control plane too', async () => {
    const body = JSON.stringify({ external_id: 'twice' });
    const answer = await send('POST /v1/customers', body, WITH_KEY, 'idempotency-key: a', 'idempotency-key: b');
    expect([answer.status, answer.body.error.param]).toEqual([400, 'Idempotency-Key']);
  });

  it('S18 FC-Tag may be repeated, and different properties stand beside each other', async () => {
    const headers = [
      'fc-tag: a',
      'fc-tag: b',
      'fc-property-x: 1',
      'fc-property-y: 2',
      'accept: */*',
      'accept: text/plain',
    ];
    const answer = await send('POST /v1/chat/completions', CHAT, WITH_KEY, ...headers);
    expect(answer.status).toBe(200);
    const [row] = (await ringside.get('/v1/requests')).data;
    expect(row).toMatchObject({ tags: ['a', 'b'], properties: { x: '1', y: '2' } });
  });
});
