import { build, killGateways } from '../support/gateway-process.js';
import { expectNothingOdd, fuzz, requestsOf, seedOf } from './fuzz-run.js';

const TIMEOUT_MS = 300_000;

beforeAll(build, TIMEOUT_MS);
afterEach(killGateways);

it(
  'S15 random requests to every route, and random answers of every provider, are answered in the envelope, never with a 500',
  async () => {
    const terms = { seed: seedOf(), requests: requestsOf(5_000), connections: 16 };
    const findings = await fuzz(terms);
    expectNothingOdd(findings, terms);
    expect(findings.routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
      expect.arrayContaining(['POST /v1/chat/completions', 'GET /v1/models/*', 'POST /v1/customers/:id/wallet/topup']),
    );
    expect(Object.keys(findings.statuses)).toEqual(expect.arrayContaining(['200', '201', '400', '401', '404', '502']));
  },
  TIMEOUT_MS,
);
