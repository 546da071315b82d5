import { EventStore } from '../../../src/ledger/event-store.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
beforeEach(async () => {
  ringside = await Ringside.start();
});
afterEach(() => ringside.stop());

const readiness = async () => {
  const response = await ringside.fetch('/readyz', { headers: { authorization: '' } });
  return [response.status, await response.json()];
};

describe('health', () => {
  it('GET /healthz and /readyz answer without a key', async () => {
    expect(await (await ringside.fetch('/healthz', { headers: { authorization: '' } })).json()).toEqual({ status: 'ok' });
    expect(await readiness()).toEqual([200, { status: 'ready', missing: [] }]);
  });

  it('R21 readiness says which type and version the projector stopped at, while calls go on to be booked', async () => {
    const unknown = {
      id: '00000000-0000-5000-8000-000000000001',
      type: 'FromTheFuture',
      data: '{}',
      metadata: { account: 'a', version: '7' },
    };
    await ringside.gateway.app.get(EventStore).append('account-future', 'no_stream', [unknown]);
    expect((await ringside.chat({ model: 'fc:sandbox/echo' })).status).toBe(200);
    await ringside.get('/v1/usage');
    const [status, body] = await readiness();
    expect([status, body]).toEqual([503, { status: 'not_ready', missing: [expect.stringMatching(/FromTheFuture.*version 7/)] }]);
  });
});
