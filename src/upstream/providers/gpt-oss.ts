/** The efforts of OpenAI's open-weight models, which always reason, at every host (their model card, 2026-11-28). */
export const GPT_OSS_EFFORTS = { none: 'low', minimal: 'low', xhigh: 'high', max: 'high' } as const;
