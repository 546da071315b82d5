import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { ModerationInput } from '../../domain/call/moderation-body.js';
import { asObject, type JsonObject } from '../json/json.js';
import { askForJson, type JsonTerms } from '../answer/json-request.js';
import type { Provider } from '../provider.js';
import { unsupported } from '../protocols/request/unsupported.js';
import { synthesisedId } from '../answer/synthesised-id.js';
import type { Wire } from '../wire.js';
import { MODERATIONS_WIRES } from '../protocols/moderations-wires.js';
import type { ModerationsOffer } from '../moderations-offer.js';
import type { CanonicalModeration, ModerationCall, ModerationExchange } from '../moderations/moderations-wire.js';

/**
 * Moderates the input of a call.
 * @throws RingsideError `unsupported_parameter` for what the provider cannot do, before anything is sent; `upstream_*`;
 * the signal's reason when it aborts
 */
export async function moderate(
  call: ModerationCall,
  provider: Provider,
  wire: Wire,
  clock: Clock,
  terms: JsonTerms,
): Promise<ModerationExchange> {
  const { quirks } = provider;
  const offer = offerOf(call, provider);
  const judge = MODERATIONS_WIRES[offer.wire];
  const question = { path: offer.path, body: renderModeration(call, provider), terms };
  const { bytes, json } = await askForJson(wire, provider, call, question, clock.nowMs());
  const answer = asObject(json);
  const found = answer && judge.parseModeration(answer);
  if (!found || found.results.length !== resultsDue(call.body.input)) {
    throw new RingsideError(
      'upstream_invalid_response',
      `${call.provider}: the answer is not a moderation of the whole input`,
    );
  }
  return {
    kind: 'json',
    body: quirks.response?.passthrough ? bytes : written(found, call),
    upstreamModel: found.model ?? null,
    usage: found.usage,
    outputText: '',
    flagged: found.results.some(({ flagged }) => flagged),
  };
}

/**
 * The moderation request, as it goes out.
 * @throws RingsideError `unsupported_parameter` for what the provider does not moderate
 */
export function renderModeration(call: ModerationCall, provider: Provider): JsonObject {
  const userHash = provider.quirks.request?.hashedUser ? call.userHash : undefined;
  return MODERATIONS_WIRES[offerOf(call, provider).wire].renderModeration({ ...call, userHash });
}

function offerOf({ provider: name }: ModerationCall, { moderations: offer }: Provider): ModerationsOffer {
  if (!offer) throw unsupported(name, 'model', 'moderations');
  return offer;
}

/** One for each text. The parts of a content have one result together. */
function resultsDue(input: ModerationInput): number {
  return typeof input !== 'string' && typeof input[0] === 'string' ? input.length : 1;
}

function written({ id, model, results }: CanonicalModeration, { requestId, model: asked }: ModerationCall): Buffer {
  return Buffer.from(JSON.stringify({ id: id ?? synthesisedId('modr-', requestId), model: model ?? asked, results }));
}
