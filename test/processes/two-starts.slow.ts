import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../support/embedded-ledger.js';
import { build, expectAuditPasses, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { SERVER_KEY } from '../support/ringside.js';

const ROUNDS = 3;
const CALLS = 40;
const TEST_TIMEOUT_MS = 120_000;

let dir: string;

beforeAll(build, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-two-starts-'));
});

afterEach(async () => {
  await killGateways();
  await rm(dir, { recursive: true });
});

const startTwo = (dataDir: string, key?: string) => {
  const start = () => GatewayProcess.start({ dir: dataDir, env: { RINGSIDE_BOOTSTRAP_KEY: key } });
  return Promise.all([start(), start()]);
};

it(
  'two processes that start at once on an empty directory open one account, and the key that is shown works at both',
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const gateways = await startTwo(join(dir, String(round)));
      const shown = gateways.map(({ generatedKey }) => generatedKey).filter((key) => key !== undefined);
      expect(shown).toHaveLength(1);
      for (const gateway of gateways) {
        const answer = await gateway.chat(
          { model: 'fc:sandbox/echo' },
          { headers: { authorization: `Bearer ${shown[0]}` } },
        );
        expect(answer.status).toBe(200);
      }
      await killGateways();
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'two processes on one directory serve the same customers and leave one sound book',
  async () => {
    const gateways = await startTwo(dir, SERVER_KEY);
    const statuses = await Promise.all(
      Array.from({ length: CALLS }, async (_, no) => {
        const response = await gateways[no % 2]!.chat({
          model: 'fc:sandbox/echo',
          user: `user-${no % 4}`,
          stream: no % 3 === 0,
        });
        await response.text();
        return response.status;
      }),
    );
    expect(statuses).toEqual(statuses.map(() => 200));
    expect(await Promise.all(gateways.map((gateway) => gateway.stop()))).toEqual(
      gateways.map(() => ({ code: 0, signal: null })),
    );

    const ledger = await openLedger({ dir });
    const events = (await ledger.entries()).map(({ event }) => event);
    await ledger.close();
    // Those that the guards are tried on at each start have nothing to do with callers.
    const count = (type: string) =>
      events.filter((event) => event.type === type && !event.customer?.includes('canary')).length;
    expect([count('AccountOpened'), count('CustomerCreated'), count('UsageRecorded')]).toEqual([1, 4, CALLS]);
    await expectAuditPasses(dir);
  },
  TEST_TIMEOUT_MS,
);
