import type { TokenUsage } from '../../../domain/pricing/tokens.js';
import type { JsonObject } from '../../json/json.js';

/** Counts that only some families report. */
export interface AdditionalUsage {
  /** Tokens written to a cache, if the provider counts them. Otherwise the field is not shown. */
  readonly cacheWrites?: number | undefined;
  readonly promptAudio?: number;
  readonly completionAudio?: number;
  readonly acceptedPrediction?: number;
  readonly rejectedPrediction?: number;
}

/** Counts as OpenAI's `usage` object, with both details. */
export function shownUsage(tokens: TokenUsage, additional: AdditionalUsage = {}): JsonObject {
  return {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: {
      cached_tokens: tokens.cachedInput,
      audio_tokens: additional.promptAudio ?? 0,
      ...(additional.cacheWrites !== undefined && {
        cache_write_tokens: Math.min(additional.cacheWrites, tokens.input),
      }),
    },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: additional.completionAudio ?? 0,
      accepted_prediction_tokens: additional.acceptedPrediction ?? 0,
      rejected_prediction_tokens: additional.rejectedPrediction ?? 0,
    },
  };
}
