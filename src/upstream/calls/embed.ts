import type { Clock } from '../../domain/clock.js';
import { inputTexts } from '../../domain/call/embeddings-body.js';
import { RingsideError } from '../../domain/errors.js';
import { directRef } from '../../domain/call/model-ref.js';
import type { Provider } from '../provider.js';
import { unsupported } from '../protocols/request/unsupported.js';
import type { JsonTerms } from '../answer/json-request.js';
import type { LargeAnswers } from '../answer/large-answers.js';
import type { Wire } from '../wire.js';
import { spentIn } from '../errors/spent-failure.js';
import { askInTurns, type Question } from './ask-in-turns.js';
import { writeEmbeddings } from '../embeddings/embeddings-answer.js';
import type { EmbeddingsOffer } from '../embeddings-offer.js';
import type {
  CanonicalEmbeddings,
  EmbeddingsCall,
  EmbeddingsExchange,
  EmbeddingsRequest,
  WholeEmbeddings,
} from '../embeddings/embeddings-wire.js';
import { EMBEDDINGS_WIRES } from '../protocols/embeddings-wires.js';
import { summedUsage } from '../protocols/openai/input-usage.js';
import { isEncoded } from '../embeddings/vector-encoding.js';

/**
 * Embeds the texts of a call, in as many requests as the provider needs. Requests that an earlier attempt completed are
 * not repeated.
 * @throws RingsideError `unsupported_parameter` for what the provider cannot do, before anything is sent; `upstream_*`
 * if nothing was answered; the signal's reason when it aborts
 */
export async function embed(
  asked: EmbeddingsCall,
  provider: Provider,
  wire: Wire,
  clock: Clock,
  terms: JsonTerms,
): Promise<EmbeddingsExchange> {
  const offer = offerOf(asked, provider);
  const call = { ...asked, baseUrl: baseUrlOf(asked, offer) };
  const requests = renderEmbeddings(call, provider);
  const parts = partsSoFar(call, requests.length);
  const missing = requests.map((_, place) => place).filter((place) => !parts[place]);
  const question: Question = { call, provider, offer, wire, clock, terms };
  const failure = await askInTurns(question, requests, missing, parts);
  const came = missing.filter((place) => parts[place]);
  if (failure !== undefined && (came.length === 0 || !(failure instanceof RingsideError))) throw failure;
  const used = usedBy(call, requests, parts, came);
  if (failure !== undefined) {
    const spent = spentIn(failure)?.usage;
    return {
      kind: 'interrupted',
      error: failure,
      ...used,
      usage: spent ? summedUsage([used.usage, spent]) : used.usage,
    };
  }
  return { kind: 'embeddings', body: bodyOf(call, parts as readonly CanonicalEmbeddings[], terms.large), ...used };
}

/**
 * The requests for the texts of a call, as they go out.
 * @throws RingsideError `unsupported_parameter` for what the provider cannot do
 */
export function renderEmbeddings(asked: EmbeddingsCall, provider: Provider): readonly EmbeddingsRequest[] {
  const offer = offerOf(asked, provider);
  const call = { ...asked, userHash: provider.quirks.request?.hashedUser ? asked.userHash : undefined };
  return EMBEDDINGS_WIRES[offer.wire].renderEmbeddings(call, offer, pathOf(call, offer));
}

function offerOf(asked: EmbeddingsCall, { embeddings: offer }: Provider): EmbeddingsOffer {
  if (!offer) throw unsupported(asked.provider, 'model', 'embeddings');
  return offer;
}

function partsSoFar({ provider, model, progress }: EmbeddingsCall, count: number): (CanonicalEmbeddings | undefined)[] {
  const ref = directRef(provider, model);
  const parts = progress.get(ref) ?? Array.from<CanonicalEmbeddings | undefined>({ length: count });
  progress.set(ref, parts);
  return parts;
}

/** The result of this attempt. */
function usedBy(
  { body }: EmbeddingsCall,
  requests: readonly EmbeddingsRequest[],
  parts: readonly (CanonicalEmbeddings | undefined)[],
  came: readonly number[],
) {
  const texts = inputTexts(body.input) ?? [];
  const startOf = (place: number) => requests.slice(0, place).reduce((sum, { count }) => sum + count, 0);
  const textsOf = (place: number) => texts.slice(startOf(place), startOf(place) + requests[place]!.count);
  return {
    upstreamModel: parts.find((part) => part?.model !== undefined)?.model ?? null,
    usage: summedUsage(came.map((place) => parts[place]!.usage)),
    outputText: '',
    inputText: came.length === requests.length ? undefined : came.flatMap(textsOf).join('\n'),
  } as const;
}

/** The body of all parts, from all attempts. */
function bodyOf(
  { body, model, account }: EmbeddingsCall,
  parts: readonly CanonicalEmbeddings[],
  large: LargeAnswers,
): WholeEmbeddings['body'] {
  const [first] = parts;
  const {
    bytes,
    vectors: [vector],
  } = first!;
  // A compatible server may send the other encoding, which OpenAI's SDKs would misread.
  if (bytes && isEncoded(vector!, body.encoding_format)) return async () => bytes;
  const usage = summedUsage(parts.map((part) => part.usage));
  const vectors = parts.flatMap((part) => part.vectors);
  const written = (tokens: number) => writeEmbeddings(vectors, body.encoding_format, first!.model ?? model, tokens);
  return (countedTokens) => large.run(account, () => written(usage?.tokens.input ?? countedTokens));
}

function pathOf({ model, settings }: EmbeddingsCall, { path }: EmbeddingsOffer): string {
  return typeof path === 'string' ? path : path(model, settings);
}

/** The base URL, without the API's version if the path is outside it. */
function baseUrlOf({ baseUrl }: EmbeddingsCall, { outsideVersionPath }: EmbeddingsOffer): string {
  return outsideVersionPath ? baseUrl.replace(/\/v1\/?(?=$|\?)/, '') : baseUrl;
}
