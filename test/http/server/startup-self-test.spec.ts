import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdmissionController } from '../../../src/policy/admission.js';
import { StartupSelfTest } from '../../../src/policy/startup-self-test.js';
import { Funds } from '../../../src/policy/checks/funds.js';
import { RateLimitCheck } from '../../../src/policy/checks/rate-limit.js';
import { NOTHING_RESERVED } from '../../../src/policy/rate-limits/rate-limits.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { ScriptedUpstream } from '../../support/scripted-upstream.js';

let ringside: Ringside;
afterEach(async () => {
  await expectClosedBooks(ringside);
  await ringside.stop();
});

const prove = () => ringside.gateway.app.get(StartupSelfTest).run();

describe('the guards', () => {
  it('R4 start-up fails when a guard is not wired: with all of them it starts, again and again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ringside-canary-'));
    for (let start = 0; start < 3; start++) {
      if (start > 0) await ringside.stop();
      ringside = await Ringside.start({ dir });
      await prove();
      expect(await ringside.get('/readyz')).toMatchObject({ status: 'ready' });
    }
    expect((await ringside.get('/v1/customers')).data).toEqual([]);
    expect((await ringside.get('/v1/usage')).total.requests).toBe(0);
  });

  it('R4 start-up fails when a guard is not wired: without the funds check it is named', async () => {
    ringside = await Ringside.start();
    ringside.gateway.app.get(Funds).hold = () => Promise.resolve(undefined);
    await expect(prove()).rejects.toThrow('the guard "funds" is not in force');
  });

  it('R4 start-up fails when a guard is not wired: without rate limits it is named', async () => {
    ringside = await Ringside.start();
    ringside.gateway.app.get(RateLimitCheck).reserve = () => Promise.resolve(NOTHING_RESERVED);
    await expect(prove()).rejects.toThrow('the guard "rate limits" is not in force');
  });

  it('R4 start-up fails when a guard is not wired: an admission that checks nothing is named', async () => {
    ringside = await Ringside.start();
    ringside.gateway.app.get(AdmissionController).admit = () =>
      Promise.resolve({} as Awaited<ReturnType<AdmissionController['admit']>>);
    await expect(prove()).rejects.toThrow('the guard "model" is not in force');
  });

  it('are not tried with another master key than the data directory was made with: the start says so', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ringside-canary-'));
    await (await Ringside.start({ dir })).stop();
    const other = { RINGSIDE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') };
    const upstream = await ScriptedUpstream.start();
    await expect(Ringside.start({ dir, env: other, upstream })).rejects.toThrow('RINGSIDE_MASTER_KEY must be the key');
    ringside = await Ringside.start({ dir, upstream });
  });

  it('are proved also where no provider is configured', async () => {
    ringside = await Ringside.start({ env: { RINGSIDE_SANDBOX: 'off', OPENAI_API_KEY: '' } });
    await prove();
  });
});
