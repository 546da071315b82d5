import { build, killGateways } from '../support/gateway-process.js';
import { expectNothingOdd, fuzz } from './fuzz-run.js';

/** Another seed for each run; set, it repeats one. */
const seed = Number(process.env['RINGSIDE_FUZZ_SEED'] ?? Math.trunc(Math.random() * 0x7fffffff));
const requests = Number(process.env['RINGSIDE_FUZZ_REQUESTS'] ?? 5_000);
const TIMEOUT_MS = 300_000;

beforeAll(build, TIMEOUT_MS);
afterEach(killGateways);

it(
  'S15 random requests to every route, and random answers of every provider, are answered in the envelope, never with a 500',
  async () => {
    const terms = { seed, requests, connections: 8 };
    process.stderr.write(`fuzz: RINGSIDE_FUZZ_SEED=${seed} RINGSIDE_FUZZ_REQUESTS=${requests}\n`);
    const findings = await fuzz(terms);
    process.stderr.write(
      `fuzz: the longest stall was ${findings.longestStall} ms; answers by status: ${JSON.stringify(findings.statuses)}\n`,
    );
    expectNothingOdd(findings, terms);
    expect(findings.routes.length).toBeGreaterThan(30);
    expect(Object.keys(findings.statuses)).toEqual(expect.arrayContaining(['200', '201', '400', '401', '404']));
  },
  TIMEOUT_MS,
);
