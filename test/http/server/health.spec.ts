import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
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
    expect(await (await ringside.fetch('/healthz', { headers: { authorization: '' } })).json()).toEqual({
      status: 'ok',
    });
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
    expect([status, body]).toEqual([
      503,
      { status: 'not_ready', missing: [expect.stringMatching(/FromTheFuture.*version 7/)] },
    ]);
  });

  it('S20 readiness names every store that is gone, no call is sent, and all goes on when they are back', async () => {
    const { dir, upstream } = ringside;
    expect((await ringside.chat()).status).toBe(200);
    renameSync(dir, `${dir}-away`);
    const [status, { missing }] = (await readiness()) as [number, { missing: string[] }];
    expect(status).toBe(503);
    for (const file of ['ledger', 'subjects', 'views', 'work']) {
      expect(missing).toContain(`${join(dir, file)}.db: it was removed while it was in use; put it back, or restart`);
    }
    expect(missing).toContainEqual(expect.stringMatching(/\.spool was removed while it was in use$/));
    // What every call relies on is looked at once a second.
    while ((await ringside.chat()).status !== 503) await wait(20);
    const sent = upstream.count;
    for (let call = 0; call < 3; call++)
      expect(await (await ringside.chat()).json()).toMatchObject({ error: { code: 'ledger_unavailable' } });
    expect(upstream.count).toBe(sent);
    renameSync(`${dir}-away`, dir);
    while ((await readiness())[0] !== 200) await wait(20);
    expect((await ringside.chat()).status).toBe(200);
  });
});
