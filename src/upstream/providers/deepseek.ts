import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';
import { OPENAI_NAMES } from './tool-name-rules.js';

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
  // OpenRouter's names for earlier versions of `deepseek-chat`.
  unlisted: /^deepseek-v3/,
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call', 'parallel_tool_calls', 'seed', 'service_tier'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      messageFields: ['role', 'content', 'tool_calls', 'tool_call_id', 'name', 'prefix', 'reasoning_content'],
      noDeveloperRole: true,
      textContent: true,
      toolNames: OPENAI_NAMES,
      noImagesModels: /^deepseek-(chat|coder|reasoner|r\d|v[0-3]|v4-(flash|pro)$)/,
      refusedParts: ['file', 'input_audio'],
      // R1 refuses the field. Models since V4 require it (its guide "Thinking Mode"; as of 2026-11-28). The two older
      // names accept it within a turn.
      reasoningWanted: [
        { models: /\br1\b/i, turns: 'none' },
        { models: /^deepseek-(chat|reasoner)$/, turns: 'tool-turn' },
        { models: /^/, turns: 'all' },
      ],
      noEmptyTurns: true,
      // Only its beta address takes prefixes.
      assistantLast: [{ models: /^/, action: 'asked' }],
      dropForModels: [{ models: /reasoner/, fields: ['logprobs', 'top_logprobs'] }],
      effortsByModel: [{ models: /^/, efforts: { none: { thinking: { type: 'disabled' } }, minimal: 'low' } }],
      jsonSchema: 'json_object',
      needsJsonMention: true,
    },
    response: {
      finishReasons: { insufficient_system_resource: 'error-if-empty' },
      countsAt: { cached: 'prompt_cache_hit_tokens' },
    },
    limits: {
      maxTokensField: 'max_tokens',
    },
  },
  sizes: [],
};
