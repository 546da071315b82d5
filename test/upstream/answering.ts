import { parseJsonBody } from '../../src/http/server/json-body.js';
import { findProvider } from '../../src/upstream/providers/index.js';
import type { Hold } from '../support/fixture-upstream.js';
import type { PlannedExchange } from '../support/provider-fixture.js';
import { fixtureRoom } from './fixture-room.js';
import { fixtureCall, outcomeOf, type Outcome } from './fixture-run.js';

/** What a provider answers with: as in fixtures, with status 200 where nothing is said. */
export type Answer = Omit<PlannedExchange['answer'], 'status'> & { readonly status?: number };

/** Resolves with what came of a call whose body is given as JSON text. `reference` is `<provider>/<model>`. */
export type Ask = (
  reference: string,
  body: string,
  answer: Answer | readonly Answer[],
  hold?: Hold,
) => Promise<Outcome>;

/** A server in the place of every provider that answers as it is told; for the whole of a spec. */
export function answering(): Ask {
  const upstream = fixtureRoom();
  return async (reference, body, answer, hold) => {
    const [, id, model] = /^(.*?)\/(.*)$/.exec(reference)!;
    const answers = Array.isArray(answer) ? (answer as readonly Answer[]) : [answer as Answer];
    upstream.server.plan(
      answers.map((one) => ({ sent: { path: '/' }, answer: { status: 200, ...one } })),
      [Infinity],
      hold,
    );
    const asked = parseJsonBody(Buffer.from(body)) as Record<string, unknown>;
    const call = { model: model!, body: asked, settings: { region: 'eu-west-1', resource: 'r' } };
    return outcomeOf(
      upstream.room,
      fixtureCall(findProvider(id!)!, { call, upstream: [], expect: { error: { code: '' } } }, upstream.server.origin),
      upstream.server,
    );
  };
}

/** The events of a stream that have no names. */
export function sse(...events: readonly (object | string)[]): Answer {
  return { chunks: events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`) };
}
