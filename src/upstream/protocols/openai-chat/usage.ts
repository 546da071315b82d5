import { tokenUsage } from '../../../domain/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject } from '../../json.js';

/**
 * Reads a `usage` object. Zero is an answer and stays zero; undefined means that the provider said nothing that can
 * be billed: no object, or no whole numbers in it.
 */
export function readUsage(value: unknown): CanonicalUsage | undefined {
  const usage = asObject(value);
  if (!usage || !Number.isSafeInteger(usage['prompt_tokens']) || !Number.isSafeInteger(usage['completion_tokens'])) return undefined;
  const prompt = asObject(usage['prompt_tokens_details']);
  const completion = asObject(usage['completion_tokens_details']);
  const promptAudio = count(prompt?.['audio_tokens']);
  const completionAudio = count(completion?.['audio_tokens']);
  const cacheWrite = prompt?.['cache_write_tokens'];
  const tokens = tokenUsage({
    input: usage['prompt_tokens'],
    cachedInput: prompt?.['cached_tokens'],
    cacheWrite,
    output: usage['completion_tokens'],
    reasoning: completion?.['reasoning_tokens'],
    audio: promptAudio + completionAudio,
  });
  const shown = {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: {
      cached_tokens: tokens.cachedInput,
      audio_tokens: promptAudio,
      ...(typeof cacheWrite === 'number' && { cache_write_tokens: tokens.cacheWrite }),
    },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: completionAudio,
      accepted_prediction_tokens: count(completion?.['accepted_prediction_tokens']),
      rejected_prediction_tokens: count(completion?.['rejected_prediction_tokens']),
    },
  };
  return { tokens, shown };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}
