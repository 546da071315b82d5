import { build, killGateways } from '../support/gateway-process.js';
import { expectNothingOdd, fuzz, requestsOf, seedOf } from './fuzz-run.js';

const TIMEOUT_MS = 1_800_000;

beforeAll(build, TIMEOUT_MS);
afterEach(killGateways);

it(
  'S15 a hundred thousand random requests: no 500, no hang, no stall, no answer outside of the envelope, and the book holds',
  async () => {
    const terms = { seed: seedOf(), requests: requestsOf(100_000), connections: 16 };
    expectNothingOdd(await fuzz(terms), terms);
  },
  TIMEOUT_MS,
);
