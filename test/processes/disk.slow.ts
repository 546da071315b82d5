import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { expectClosedBooks, usageIn } from '../support/closing-assertions.js';
import { canShim, DiskShim, NO_SHIM } from '../support/disk-shim.js';
import { build, expectAuditPasses, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { Ringside } from '../support/ringside.js';
import { DONE, echo, ScriptedUpstream } from '../support/scripted-upstream.js';
import { skipUnless } from '../support/skip.js';
import { canMount, NO_MOUNT, SmallDisk } from '../support/small-disk.js';

const CALLS = 20;
const TEST_TIMEOUT_MS = 180_000;

let upstream: ScriptedUpstream;
let dir: string;

beforeAll(build, 120_000);

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
});

/** An answer to its end. */
interface Seen {
  readonly id: string;
  readonly status: number;
  readonly text: string;
  readonly code: string | undefined;
}

async function call(gateway: GatewayProcess, no: number, user = `user-${no % 3}`): Promise<Seen> {
  const response = await gateway.chat({
    user,
    stream: no % 2 === 1,
    messages: [{ role: 'user', content: `call ${no}` }],
  });
  const text = await response.text().catch(() => 'cut');
  const code = response.status === 200 ? undefined : (JSON.parse(text) as { error: { code: string } }).error.code;
  return { id: response.headers.get('x-request-id')!, status: response.status, text, code };
}

/** Calls that have reached the upstream, and wait there until they are let go. */
async function inFlight(gateway: GatewayProcess, count: number): Promise<{ letGo: () => Promise<Seen[]> }> {
  const gate = Promise.withResolvers<void>();
  const before = upstream.count;
  upstream.reply(async (...request) => {
    await gate.promise;
    return echo()(...request);
  });
  const calls = Array.from({ length: count }, (_, no) => call(gateway, no));
  await upstream.arrived(before + count);
  upstream.reply(echo());
  return {
    letGo: () => {
      gate.resolve();
      return Promise.all(calls);
    },
  };
}

/** Nothing is sent for whoever calls now, known or new. */
async function expectNothingSent(gateway: GatewayProcess): Promise<void> {
  const sent = upstream.count;
  for (let no = 0; no < 6; no++)
    expect(await call(gateway, no, no < 3 ? undefined : `new ${no}`)).toMatchObject({ code: 'ledger_unavailable' });
  expect(upstream.count).toBe(sent);
}

async function missing(gateway: GatewayProcess): Promise<string[]> {
  return ((await (await gateway.fetch('/readyz')).json()) as { missing: string[] }).missing;
}

/** A new customer can be made, called for and read. */
async function expectAllWell(gateway: GatewayProcess): Promise<void> {
  await gateway.answers('/readyz', 200);
  expect((await call(gateway, 0, 'somebody new')).status).toBe(200);
  await gateway.answers('/v1/customers/ext:somebody%20new', 200);
}

/** Every call that the upstream served stands in the book, once. */
async function expectAllBooked(gateway: GatewayProcess, answered: readonly Seen[]): Promise<void> {
  expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  const ringside = await Ringside.start({ dir, upstream });
  const booked = (await usageIn(ringside)).map(({ requestId }) => requestId);
  expect(answered.filter(({ id }) => booked.filter((one) => one === id).length !== 1)).toEqual([]);
  await expectClosedBooks(ringside);
  await ringside.gateway.stop();
  await expectAuditPasses(dir);
}

function expectWhole(answers: readonly Seen[]): void {
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  for (const [no, { text }] of answers.entries()) if (no % 2 === 1) expect(text.endsWith(DONE)).toBe(true);
}

skipUnless(canMount, NO_MOUNT).describe('a disk that is full', () => {
  let disk: SmallDisk;

  beforeEach(() => {
    disk = SmallDisk.mount(32);
    dir = join(disk.directory, 'data');
  });

  afterEach(async () => {
    await killGateways();
    disk.unmount();
  });

  it(
    'S5 every call under way is answered and booked, nothing is sent after that, and all goes on once there is room',
    async () => {
      const gateway = await GatewayProcess.start({ dir, upstreamUrl: upstream.url });
      for (let no = 0; no < 6; no++) expect((await call(gateway, no)).status).toBe(200);
      const calls = await inFlight(gateway, CALLS);
      disk.fill();
      const answered = await calls.letGo();
      expectWhole(answered);
      await gateway.answers('/readyz', 503);
      expect((await missing(gateway)).join()).toMatch(/usage of \d+ earlier calls is still to be written/);
      await expectNothingSent(gateway);
      // For longer than any retry lasts.
      await wait(3000);
      await expectNothingSent(gateway);
      disk.free();
      await expectAllWell(gateway);
      await expectAllBooked(gateway, answered);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'S20 a read-only disk stops the start with one line that names the file',
    async () => {
      const first = await GatewayProcess.start({ dir, upstreamUrl: upstream.url });
      await first.stop();
      disk.readOnly(true);
      const gateway = GatewayProcess.spawn({ dir, upstreamUrl: upstream.url });
      expect(await gateway.ended).toEqual({ code: 1, signal: null });
      expect(gateway.output).toMatch(/^[^\n{]*\/data\/\w+\.db[^\n{]*\n$/);
      disk.readOnly(false);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a disk of any size', () => {
  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), 'ringside-disk-')), 'data');
  });

  afterEach(async () => {
    await killGateways();
    rmSync(join(dir, '..'), { recursive: true });
  });

  skipUnless(canShim, NO_SHIM).it(
    'S4 a disk that sleeps longer than the ledger is waited for loses no call, no lock and no log, though others open and close the file',
    async () => {
      const shim = new DiskShim(dir);
      const gateway = await GatewayProcess.start({ dir, upstreamUrl: upstream.url, env: shim.env });
      for (let no = 0; no < 6; no++) expect((await call(gateway, no)).status).toBe(200);
      const calls = await inFlight(gateway, CALLS);
      shim.sleep();
      const waiting = [calls.letGo()];
      await gateway.answers('/readyz', 503);
      // A call that comes before it is noticed waits for the disk as well; soon the others are refused.
      for (let isOpen = true; isOpen;) {
        const probe = call(gateway, 0);
        const refused = await Promise.race([
          probe.then(({ code }) => code === 'ledger_unavailable'),
          wait(2000, false),
        ]);
        if (!refused) waiting.push(probe.then((seen) => [seen]));
        isOpen = !refused;
      }
      // The threads are given up after ten seconds; all that time nothing that cannot be booked is sent.
      const asleepSince = performance.now();
      while (performance.now() - asleepSince < 14_000) {
        await expectNothingSent(gateway);
        await wait(500);
      }
      openAndClose();
      shim.go();
      const [answered, ...late] = (await Promise.all(waiting)) as [Seen[], ...Seen[][]];
      expectWhole(answered);
      answered.push(...late.flat().filter(({ status }) => status === 200));
      await expectAllWell(gateway);
      openAndClose();
      const after: Seen[] = [];
      for (let no = 0; no < 40; no++) after.push(await call(gateway, no));
      expectWhole(after);
      answered.push(...after);
      openAndClose();
      await gateway.kill();
      shim.dispose();
      const next = await GatewayProcess.start({ dir, upstreamUrl: upstream.url });
      await expectAllBooked(next, answered);
    },
    TEST_TIMEOUT_MS,
  );

  skipUnless(canShim, NO_SHIM).it(
    'S5 on a disk that fails whatever is written, what was used is booked once it works again, and nothing is sent meanwhile',
    async () => {
      const shim = new DiskShim(dir);
      const gateway = await GatewayProcess.start({ dir, upstreamUrl: upstream.url, env: shim.env });
      for (let no = 0; no < 6; no++) expect((await call(gateway, no)).status).toBe(200);
      const calls = await inFlight(gateway, CALLS);
      shim.break();
      const answered = await calls.letGo();
      // Nothing durable knows these calls, so their callers do not have the end of their answers.
      for (const { status, text } of answered) expect(status === 503 || !text.endsWith(DONE)).toBe(true);
      await gateway.answers('/readyz', 503);
      expect((await missing(gateway)).join()).toMatch(
        /usage of 20 earlier calls is still to be written.*ledger\.db: disk I\/O error/,
      );
      await expectNothingSent(gateway);
      shim.go();
      await expectAllWell(gateway);
      shim.dispose();
      await expectAllBooked(gateway, answered);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'S20 a data directory that is moved away is named by readiness, nothing is sent, and all goes on when it is back',
    async () => {
      const gateway = await GatewayProcess.start({ dir, upstreamUrl: upstream.url });
      for (let no = 0; no < 6; no++) expect((await call(gateway, no)).status).toBe(200);
      const calls = await inFlight(gateway, CALLS);
      renameSync(dir, `${dir}-away`);
      await gateway.answers('/readyz', 503);
      expect((await missing(gateway)).join()).toMatch(/ledger\.db: it was removed while it was in use/);
      // The look that every call relies on is made once a second.
      while ((await call(gateway, 0)).code !== 'ledger_unavailable') await wait(50);
      await expectNothingSent(gateway);
      const answered = await calls.letGo();
      renameSync(`${dir}-away`, dir);
      await expectAllWell(gateway);
      await expectAllBooked(gateway, answered);
    },
    TEST_TIMEOUT_MS,
  );

  it.each(['ledger', 'subjects', 'views', 'work'])(
    'S26 a start that cannot open %s.db ends with one line that names the file',
    async (name) => {
      const file = join(dir, `${name}.db`);
      mkdirSync(dir);
      writeFileSync(file, 'no database at all, but long enough to look like one'.repeat(200));
      const gateway = GatewayProcess.spawn({ dir, upstreamUrl: upstream.url });
      expect(await gateway.ended).toEqual({ code: 1, signal: null });
      expect(gateway.output.trimEnd()).toMatch(/^[^\n]+: file is not a database$/);
      expect(gateway.output).toContain(`${file}: `);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'S26 a data directory that cannot be made stops the start at once, with one line that names the variable',
    async () => {
      const gateway = GatewayProcess.spawn({ dir: '/proc/ringside/data', upstreamUrl: upstream.url });
      expect(await gateway.ended).toEqual({ code: 1, signal: null });
      expect(gateway.output).toMatch(/^RINGSIDE_DATA_DIR must be a directory Ringside can write to, but was [^\n]*\n$/);
    },
    TEST_TIMEOUT_MS,
  );
});

/** What any other program on the machine may do with the ledger; the last to close a file folds its log into it. */
function openAndClose(): void {
  const other = new DatabaseSync(join(dir, 'ledger.db'), { timeout: 5000 });
  try {
    other.prepare('SELECT count(*) FROM events').get();
  } finally {
    other.close();
  }
}
