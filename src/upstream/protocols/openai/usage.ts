import { addNanoUsdText, type NanoUsdText } from '../../../domain/money.js';
import { isTokenCount, tokenUsage } from '../../../domain/pricing/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject, valueAt, type JsonObject } from '../../json/json.js';
import type { ResponseQuirks } from '../../quirks.js';
import { costOfTicks, statedCostNanoUsd } from '../answer/stated-cost.js';
import { isUnlisted, termsIn, usesIn } from '../answer/price-terms.js';
import { shownUsage } from '../answer/shown-usage.js';
import { withAudio, withReasoning } from './usage-corrections.js';
import { tierOf } from './answer-parts.js';

/**
 * Reads a `usage` object. Zero is a valid count. Undefined if nothing in it can be billed: there is no object, or it
 * has no whole numbers.
 */
export function parseUsage(value: unknown, quirks: ResponseQuirks = {}): CanonicalUsage | undefined {
  const { countsAt } = quirks;
  const given = quirks.audioOutsidePrompt ? withAudio(asObject(value)) : asObject(value);
  const usage = quirks.reasoningOutsideCompletion ? withReasoning(given) : given;
  if (!usage || !Number.isSafeInteger(usage['prompt_tokens']) || !Number.isSafeInteger(usage['completion_tokens']))
    return undefined;
  const prompt = asObject(usage['prompt_tokens_details']);
  const completion = asObject(usage['completion_tokens_details']);
  const cached = asObject(prompt?.['cached_tokens_details']);
  const promptAudio = count(prompt?.['audio_tokens']);
  const completionAudio = count(completion?.['audio_tokens']);
  const cacheWrite = prompt?.['cache_write_tokens'];
  const tokens = tokenUsage({
    input: usage['prompt_tokens'],
    cachedInput: prompt?.['cached_tokens'] ?? valueAt(usage, countsAt?.cached),
    cacheWrite,
    output: usage['completion_tokens'],
    reasoning: completion?.['reasoning_tokens'] ?? valueAt(usage, countsAt?.reasoning),
    // Each kind includes its cached tokens, which have other prices.
    audioInput: promptAudio - count(cached?.['audio_tokens']),
    audioOutput: completionAudio,
    cachedAudio: cached?.['audio_tokens'],
    imageInput: count(prompt?.['image_tokens']) - count(cached?.['image_tokens']),
    imageOutput: completion?.['image_tokens'],
  });
  const shown = shownUsage(tokens, {
    cacheWrites: typeof cacheWrite === 'number' ? count(cacheWrite) : undefined,
    promptAudio,
    completionAudio,
    acceptedPrediction: count(completion?.['accepted_prediction_tokens']),
    rejectedPrediction: count(completion?.['rejected_prediction_tokens']),
  });
  const stated = countsAt && statedCost(usage, countsAt);
  return {
    tokens,
    shown,
    ...usesOf(usage),
    ...(isUnlisted(...termsIn(usage)) && { isUnlisted: true }),
    ...(stated !== undefined && { statedCostNanoUsd: stated }),
    ...(!(isTokenCount(usage['prompt_tokens']) && isTokenCount(usage['completion_tokens'])) && { isDoubtful: true }),
  };
}

/** The cost of the call as the provider states it. Undefined if a part of it is missing. */
export function statedCost(
  usage: JsonObject,
  { costUsd, costTicks, ownKeyCostUsd }: NonNullable<ResponseQuirks['countsAt']>,
): NanoUsdText | undefined {
  const cost = statedCostNanoUsd(valueAt(usage, costUsd)) ?? costOfTicks(valueAt(usage, costTicks));
  if (cost === undefined || usage['is_byok'] !== true) return cost;
  const more = statedCostNanoUsd(valueAt(usage, ownKeyCostUsd));
  return more === undefined ? undefined : addNanoUsdText(cost, more);
}

/** The usage of an answer or a chunk, wherever the provider puts it, and the tier. Undefined as above. */
export function usageIn(answer: JsonObject, quirks: ResponseQuirks = {}): CanonicalUsage | undefined {
  const usage =
    parseUsage(answer['usage'], quirks) ??
    (quirks.usageAt === undefined ? undefined : parseUsage(valueAt(answer, quirks.usageAt), quirks));
  return usage && isUnlisted(tierOf(answer)) ? { ...usage, isUnlisted: true } : usage;
}

/** Counts that are billed in addition to tokens and that no price list has: server-side tools, seconds of speech. */
const BILLED_COUNTS = ['num_server_side_tools_used', 'prompt_audio_seconds'] as const;

/** Web searches, by the providers' names for them, and whether anything else is billed in addition to tokens. */
function usesOf(usage: JsonObject) {
  const used = usesIn(usage['server_tool_use']);
  const searches = (used.searches ?? 0) + count(usage['num_search_queries']) + count(usage['num_sources_used']);
  const hasOthers = used.isUnlisted || BILLED_COUNTS.some((name) => count(usage[name]) > 0);
  return { ...(searches > 0 && { searches }), ...(hasOthers && { isUnlisted: true as const }) };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}
