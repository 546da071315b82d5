import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';

/** DeepSeek's own platform. */
export const deepseek: Provider = {
  id: 'deepseek',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.deepseek.com',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['DEEPSEEK_API_KEY'],
  baseUrlVariables: ['DEEPSEEK_BASE_URL'],
  keyOptional: false,
  quirks: {
    drop: openaiHintsAnd('function_call', 'parallel_tool_calls', 'seed', 'service_tier'),
    refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
    messageFields: ['role', 'content', 'tool_calls', 'tool_call_id', 'name', 'prefix', 'reasoning_content'],
    maxTokensField: 'max_tokens',
    noDeveloperRole: true,
    textContent: true,
    noImages: true,
    refusedParts: ['file', 'input_audio'],
    reasoningInToolTurns: true,
    dropForModels: [{ models: /reasoner/, fields: ['logprobs', 'top_logprobs'] }],
    effortsByModel: [{ models: /^/, efforts: { none: { thinking: { type: 'disabled' } }, minimal: 'low', xhigh: 'max' } }],
    jsonSchema: 'json_object',
    jsonWord: true,
    finishReasons: { insufficient_system_resource: 'error-if-empty' },
    countsAt: { cached: 'prompt_cache_hit_tokens' },
  },
  sizes: [],
};
