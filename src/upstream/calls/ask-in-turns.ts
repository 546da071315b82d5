import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { askForJson, type JsonTerms } from '../answer/json-request.js';
import type { Provider } from '../provider.js';
import type { Wire } from '../wire.js';
import type { EmbeddingsOffer } from '../embeddings-offer.js';
import type { CanonicalEmbeddings, EmbeddingsCall, EmbeddingsRequest } from '../embeddings/embeddings-wire.js';
import { EMBEDDINGS_WIRES } from '../protocols/embeddings-wires.js';

/** How many requests of one call run at once, if a provider takes few texts in each. */
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
 * Sends the missing requests of a call, a few at a time, and adds their answers to its parts. After a failure no more
 * begin, and running ones are awaited, because they cost money.
 * @returns the first failure; undefined if all were answered
 */
export async function askInTurns(
  { call, provider, offer, wire, clock, terms }: Question,
  requests: readonly EmbeddingsRequest[],
  missing: readonly number[],
  parts: (CanonicalEmbeddings | undefined)[],
): Promise<Error | undefined> {
  // They wait at the same time, so the call's waiting time is measured once for all.
  const [sinceMs, waited] = [clock.elapsedMs(), { upstreamMs: 0, requests: 0 }];
  const failures: Error[] = [];
  const left = missing.values();
  const atOnce = Math.min(MOST_AT_ONCE, missing.length);
  const { vectorBytes, bytes } = terms.limits;
  // Requests that run at once share the bytes that one request may have.
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
