import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { askForJson, type JsonTerms } from '../answer/json-request.js';
import type { Provider } from '../provider.js';
import type { Wire } from '../wire.js';
import type { EmbeddingsOffer } from '../embeddings-offer.js';
import type { CanonicalEmbeddings, EmbeddingsCall, EmbeddingsRequest } from '../embeddings/embeddings-wire.js';
import { EMBEDDINGS_WIRES } from '../protocols/embeddings-wires.js';

/** How many requests of one call are under way at once, where a provider takes few texts in each. */
const MOST_AT_ONCE = 8;

/** What all requests of a call have in common. */
export interface Question {
  readonly call: EmbeddingsCall;
  readonly provider: Provider;
  readonly offer: EmbeddingsOffer;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly terms: JsonTerms;
}

/**
 * Makes the missing requests of a call, a few at a time, and puts their answers among its parts. After a failure no
 * more are begun, and those under way are waited for: they are paid for.
 * @returns why not all were answered; undefined when they were
 */
export async function askInTurns(
  { call, provider, offer, wire, clock, terms }: Question,
  requests: readonly EmbeddingsRequest[],
  missing: readonly number[],
  parts: (CanonicalEmbeddings | undefined)[],
): Promise<Error | undefined> {
  // They wait side by side, so what the call waits is the time of all together.
  const [sinceMs, waited] = [clock.elapsedMs(), { upstreamMs: 0, requests: 0 }];
  const failures: Error[] = [];
  const left = missing.values();
  const atOnce = Math.min(MOST_AT_ONCE, missing.length);
  const { vectorBytes, bytes } = terms.limits;
  // Those under way at once have together what one has alone.
  const mostVectorBytes = Math.max(vectorBytes / Math.max(1, atOnce), Math.min(bytes, vectorBytes));
  const takeTurns = async () => {
    for (const place of left) {
      if (failures.length > 0) return;
      const request = requests[place]!;
      try {
        const question = { ...request, terms, mostVectorBytes };
        const reply = await askForJson(wire, provider, { ...call, waited }, question, clock.nowMs());
        const found = EMBEDDINGS_WIRES[offer.wire].parseEmbeddings({ ...reply, count: request.count }, provider.quirks);
        if (!found) throw notVectors(call);
        parts[place] = provider.quirks.response?.passthrough ? { ...found, bytes: reply.bytes } : found;
      } catch (failure) {
        failures.push(failure as Error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  call.waited.requests = (call.waited.requests ?? 0) + waited.requests;
  call.waited.upstreamMs += Math.min(waited.upstreamMs, clock.elapsedMs() - sinceMs);
  call.signal.throwIfAborted();
  return failures[0];
}

function notVectors({ provider }: EmbeddingsCall): RingsideError {
  return new RingsideError(
    'upstream_invalid_response',
    `${provider}: the answer does not have one vector for each text`,
  );
}
