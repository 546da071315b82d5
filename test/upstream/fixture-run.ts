import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { RingsideError } from '../../src/domain/errors.js';
import type { UpstreamCall } from '../../src/upstream/exchange.js';
import type { Provider } from '../../src/upstream/provider.js';
import type { Upstream } from '../../src/upstream/calls/upstream.js';
import type { ReportedUsage } from '../../src/domain/pricing/tokens.js';
import type { Cutting, FixtureUpstream, SeenRequest } from '../support/fixture-upstream.js';
import { TEST_KEY, type ProviderFixture } from '../support/provider-fixture.js';
import { callOf } from './calling.js';

/** What came of a call: the caller's bytes, what the meter was told, and the error it ended in, if it did. */
export interface Outcome {
  /** Of the JSON body, or of the chunks so far. */
  readonly bytes: string;
  readonly usage: ReportedUsage | undefined;
  readonly error: RingsideError | undefined;
  readonly seen: readonly SeenRequest[];
}

/** The seed of all random cuttings; printed by the suite, and set to have a run again. */
export const CUT_SEED = Number(process.env['RINGSIDE_CUT_SEED'] ?? Math.trunc(Math.random() * 0x7fffffff));

const PIECE_SIZES = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 16 });

/** Random network writes for a case, always the same ones for one seed. */
export function randomCuttings(name: string, count: number): Cutting[] {
  return fc.sample(PIECE_SIZES, { seed: CUT_SEED ^ crc32(name), numRuns: count });
}

/** The fixture's call, to the server on `origin` in place of the provider's own. */
export function fixtureCall(
  provider: Provider,
  { call }: ProviderFixture,
  origin: string,
  includeUsage?: boolean,
): UpstreamCall {
  const {
    model,
    body,
    userHash,
    outputLimit,
    settings = {},
    apiKey = provider.keyVariables.length > 0 ? TEST_KEY : null,
  } = call;
  const { defaultBaseUrl } = provider;
  const usual = typeof defaultBaseUrl === 'string' ? defaultBaseUrl : defaultBaseUrl(settings);
  const path = usual === undefined ? '' : new URL(usual).pathname.replace(/\/$/, '');
  const options = includeUsage !== undefined && {
    stream_options: { ...(body['stream_options'] as object), include_usage: includeUsage },
  };
  return callOf({
    provider: provider.id,
    model,
    baseUrl: `${origin}${path}`,
    apiKey: apiKey ?? undefined,
    settings,
    account: 'acc_1',
    userHash,
    outputLimit,
    body: { ...body, ...options, model: `fc:${provider.id}/${model}` },
  });
}

/** Makes a call against a server that has been told what to answer, and reads all that comes. */
export async function outcomeOf(room: Upstream, call: UpstreamCall, server: FixtureUpstream): Promise<Outcome> {
  let bytes = '';
  let usage: ReportedUsage | undefined;
  let error: RingsideError | undefined;
  try {
    const exchange = await room.chat(call);
    if (exchange.kind === 'json') {
      bytes = exchange.body.toString();
      usage = exchange.usage;
    } else {
      for await (const step of exchange.steps) {
        bytes += step.bytes?.toString() ?? '';
        usage = step.usage;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof RingsideError)) throw thrown;
    error = thrown;
  }
  return { bytes, usage, error, seen: server.seen };
}
