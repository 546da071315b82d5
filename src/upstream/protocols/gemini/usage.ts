import type { GenerateContentResponseUsageMetadata, ModalityTokenCount } from '@google/genai';
import { isTokenCount } from '../../../domain/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject, objectsOf, type JsonObject } from '../../json.js';
import { readUsage as readOpenaiUsage } from '../openai-chat/usage.js';

type Counts = { readonly [name in keyof GenerateContentResponseUsageMetadata]?: unknown };

/** Reads `usageMetadata`; undefined when it does not count the prompt. Thoughts are answer tokens that are counted apart. */
export function readUsage(value: unknown): CanonicalUsage | undefined {
  const counts: Counts | undefined = asObject(value);
  if (!counts || !isTokenCount(counts.promptTokenCount) || !isSaidOrNot(counts.candidatesTokenCount)) return undefined;
  const thoughts = whole(counts.thoughtsTokenCount);
  const sound = audioIn(counts.promptTokensDetails);
  const usage = readOpenaiUsage({
    prompt_tokens: whole(counts.promptTokenCount) + whole(counts.toolUsePromptTokenCount),
    completion_tokens: whole(counts.candidatesTokenCount) + thoughts,
    prompt_tokens_details: { cached_tokens: counts.cachedContentTokenCount, audio_tokens: sound },
    completion_tokens_details: { reasoning_tokens: thoughts, audio_tokens: audioIn(counts.candidatesTokensDetails) },
  });
  if (!usage) return undefined;
  // Sound that was read from a cache is shown with the rest, but has the price of what is cached.
  const uncached = Math.max(0, sound - audioIn(counts.cacheTokensDetails));
  return { ...usage, tokens: { ...usage.tokens, audioInput: Math.min(usage.tokens.audioInput, uncached) } };
}

/** True when the counts speak of what the model wrote; the first ones of a stream may know the prompt alone. */
export function countsOutput(metadata: JsonObject): boolean {
  const { candidatesTokenCount, thoughtsTokenCount }: Counts = metadata;
  return whole(candidatesTokenCount) + whole(thoughtsTokenCount) > 0;
}

/** False for counts that are all left out, or 0: they are none yet, or no more. */
export function countsAnything(metadata: JsonObject): boolean {
  return whole(metadata['promptTokenCount']) > 0 || countsOutput(metadata);
}

/** A count, or none: an answer without text has none of it. */
function isSaidOrNot(value: unknown): boolean {
  return value === undefined || value === null || isTokenCount(value);
}

function audioIn(details: unknown): number {
  let tokens = 0;
  for (const { modality, tokenCount } of objectsOf(details) as readonly { [name in keyof ModalityTokenCount]?: unknown }[]) {
    if (modality === 'AUDIO') tokens += whole(tokenCount);
  }
  return tokens;
}

function whole(value: unknown): number {
  return isTokenCount(value) ? value : 0;
}
