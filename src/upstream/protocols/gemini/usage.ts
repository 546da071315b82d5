import type {
  GenerateContentResponseUsageMetadata,
  MediaModality,
  ModalityTokenCount,
  UsageMetadata,
} from '@google/genai';
import { isTokenCount, tokenUsage, type TokenUsage } from '../../../domain/pricing/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject, objectsOf, type JsonObject } from '../../json/json.js';
import { headerOf, type WireHeaders } from '../../wire.js';
import { isUnlisted } from '../answer/price-terms.js';
import { parseUsage as readOpenaiUsage } from '../openai/usage.js';

/** Kinds of content. Pages of documents count as images. */
type Kind = `${MediaModality}`;

type Counts = { readonly [name in keyof (GenerateContentResponseUsageMetadata & UsageMetadata)]?: unknown };

/** The fields about the price of an answer, beside its counts. */
export interface PriceFields {
  readonly headers?: WireHeaders;
  readonly searches?: number;
}

/**
 * Reads `usageMetadata`. Undefined if it does not count the prompt. Thoughts are answer tokens with their own count.
 */
export function parseUsage(
  value: unknown,
  { headers = {}, searches = 0 }: PriceFields = {},
): CanonicalUsage | undefined {
  const counts: Counts | undefined = asObject(value);
  if (!counts || !isTokenCount(counts.promptTokenCount) || !isSaidOrNot(counts.candidatesTokenCount)) return undefined;
  const thoughts = whole(counts.thoughtsTokenCount);
  const { promptTokensDetails, toolUsePromptTokensDetails, cacheTokensDetails, candidatesTokensDetails } = counts;
  const read = (kind: Kind) => tokensOf(kind, promptTokensDetails) + tokensOf(kind, toolUsePromptTokensDetails);
  const usage = readOpenaiUsage({
    prompt_tokens: whole(counts.promptTokenCount) + whole(counts.toolUsePromptTokenCount),
    completion_tokens: whole(counts.candidatesTokenCount) + thoughts,
    prompt_tokens_details: { cached_tokens: counts.cachedContentTokenCount, audio_tokens: read('AUDIO') },
    completion_tokens_details: { reasoning_tokens: thoughts, audio_tokens: tokensOf('AUDIO', candidatesTokensDetails) },
  });
  if (!usage) return undefined;
  // Cached tokens are included in the details but have other prices.
  const uncached = (kind: Kind) => Math.max(0, read(kind) - tokensOf(kind, cacheTokensDetails));
  const tokens = tokenUsage({
    ...usage.tokens,
    audioInput: uncached('AUDIO'),
    cachedAudio: tokensOf('AUDIO', cacheTokensDetails),
    imageInput: uncached('IMAGE') + uncached('DOCUMENT'),
    videoInput: uncached('VIDEO'),
    imageOutput: tokensOf('IMAGE', candidatesTokensDetails),
    videoOutput: tokensOf('VIDEO', candidatesTokensDetails),
  });
  const terms = [counts.serviceTier, counts.trafficType, headerOf(headers, 'x-gemini-service-tier')];
  return { ...usage, tokens, ...(searches > 0 && { searches }), ...(isUnlisted(...terms) && { isUnlisted: true }) };
}

/** True if the counts include the answer. The first ones of a stream may only have the prompt. */
export function countsOutput(metadata: JsonObject): boolean {
  const { candidatesTokenCount, thoughtsTokenCount }: Counts = metadata;
  return whole(candidatesTokenCount) + whole(thoughtsTokenCount) > 0;
}

/** The tokens of the prompt, if nothing else is counted yet. */
export function promptOf(metadata: unknown): TokenUsage | undefined {
  const counts = asObject(metadata);
  return counts && whole(counts['promptTokenCount']) > 0 && !countsOutput(counts)
    ? parseUsage(counts)?.tokens
    : undefined;
}

/** False if all counts are missing or 0. */
export function countsAnything(metadata: JsonObject): boolean {
  return whole(metadata['promptTokenCount']) > 0 || countsOutput(metadata);
}

/** The later counts. If they leave out the prompt or the answer, its earlier counts stay. */
export function countsAfter(earlier: JsonObject, later: JsonObject): JsonObject {
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, candidatesTokensDetails }: Counts = earlier;
  return {
    ...later,
    ...(whole(later['promptTokenCount']) === 0 && whole(promptTokenCount) > 0 && { promptTokenCount }),
    ...(!countsOutput(later) &&
      countsOutput(earlier) && { candidatesTokenCount, thoughtsTokenCount, candidatesTokensDetails }),
  };
}

/** A count, or none: an answer without text has no count. */
function isSaidOrNot(value: unknown): boolean {
  return value === undefined || value === null || isTokenCount(value);
}

/** The tokens of one kind. */
function tokensOf(kind: Kind, details: unknown): number {
  let tokens = 0;
  for (const { modality, tokenCount } of objectsOf(details) as readonly {
    [name in keyof ModalityTokenCount]?: unknown;
  }[]) {
    if (modality === kind) tokens += whole(tokenCount);
  }
  return tokens;
}

function whole(value: unknown): number {
  return isTokenCount(value) ? value : 0;
}
