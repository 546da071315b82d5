import { asObject, type JsonObject } from '../../json/json.js';

/**
 * OpenAI's counts from a provider whose `completion_tokens` do not include reasoning. The total includes it. If more
 * tokens are cached than the prompt has, the prompt does not include the cached ones.
 */
export function withReasoning(usage: JsonObject | undefined): JsonObject | undefined {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage ?? {};
  if (!isCount(prompt) || !isCount(completion)) return usage;
  const cached = asObject(usage?.['prompt_tokens_details'])?.['cached_tokens'];
  const reasoning = asObject(usage?.['completion_tokens_details'])?.['reasoning_tokens'];
  const bothParts = completion + (isCount(reasoning) ? reasoning : 0);
  if (isCount(cached) && cached > prompt)
    return { ...usage, prompt_tokens: prompt + cached, completion_tokens: bothParts };
  return { ...usage, completion_tokens: isCount(total) ? Math.max(completion, total - prompt) : bothParts };
}

/** OpenAI's counts from a provider whose `prompt_tokens` do not include audio input. The total includes it. */
export function withAudio(usage: JsonObject | undefined): JsonObject | undefined {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage ?? {};
  if (!isCount(prompt) || !isCount(completion) || !isCount(total) || total <= prompt + completion) return usage;
  const details = asObject(usage?.['prompt_tokens_details']);
  return {
    ...usage,
    prompt_tokens: total - completion,
    prompt_tokens_details: { ...details, audio_tokens: total - completion - prompt },
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
