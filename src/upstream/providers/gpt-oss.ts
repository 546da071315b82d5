/**
 * What OpenAI's open weights, which always reason, make of `reasoning_effort`, whoever hosts them (their model card,
 * 2026-11-28).
 */
export const GPT_OSS_EFFORTS = { none: 'low', minimal: 'low', xhigh: 'high', max: 'high' } as const;
