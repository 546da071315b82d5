import { findProvider } from '../../src/upstream/providers/index.js';
import { fixtureRoom } from './fixture-room.js';
import type { SpokenAnswer } from './dialects/dialect.js';
import { DIALECTS } from './dialects/index.js';
import { fixtureCall, outcomeOf, type Outcome } from './fixture-run.js';

const HELLO: SpokenAnswer = {
  parts: [{ kind: 'text', pieces: ['Hello'] }],
  finish: 'stop',
  promptTokens: 1,
  cachedTokens: 0,
  completionTokens: 1,
};

/** What a provider is asked over HTTP, as it comes there. */
export interface Asking {
  /** Resolves with the request's body; what the gateway refuses is thrown. `reference` is `<provider>/<model>`. */
  // oxlint-disable-next-line typescript/no-explicit-any
  sent(reference: string, body: Record<string, unknown>): Promise<any>;
  /** The same with an answer of one's own, and what came of it. */
  outcome(reference: string, body: Record<string, unknown>, answer: SpokenAnswer): Promise<Outcome>;
}

/** A server in the place of every provider, and the way there; for the whole of a spec. */
export function asking(): Asking {
  const upstream = fixtureRoom();
  const outcome: Asking['outcome'] = async (reference, body, answer) => {
    const [, id, model] = /^(.*?)\/(.*)$/.exec(reference)!;
    const provider = findProvider(id!)!;
    const dialect = DIALECTS[provider.protocol];
    const served = body['stream'] === true ? dialect.streamed(answer) : dialect.whole(answer);
    upstream.server.plan(
      served.map((one) => ({ sent: { path: '/' }, answer: one })),
      [Infinity],
    );
    const fixture = { call: { model: model!, body }, upstream: [], expect: { error: { code: '' } } };
    return outcomeOf(upstream.room, fixtureCall(provider, fixture, upstream.server.origin), upstream.server);
  };
  return {
    outcome,
    async sent(reference, body) {
      const { error, seen } = await outcome(reference, body, HELLO);
      if (error) throw error;
      return seen[0]!.body;
    },
  };
}
