import { each, parameter } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';
import { OPENAI_NAMES } from './tool-name-rules.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'docs.fireworks.ai/api-reference/post-chatcompletions, 2026-11-28';

/** Open models at Fireworks AI. */
export const fireworks: Provider = {
  id: 'fireworks',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.fireworks.ai/inference/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['FIREWORKS_API_KEY'],
  baseUrlVariables: ['FIREWORKS_BASE_URL'],
  keyOptional: false,
  embeddings: { wire: 'openai', path: '/embeddings', dimensionsField: 'dimensions' },
  quirks: {
    request: {
      drop: [
        'function_call',
        'prompt_cache_options',
        'prompt_cache_retention',
        'safety_identifier',
        'service_tier',
        'store',
        'verbosity',
      ],
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'web_search_options'],
      messageFields: ['role', 'content', 'tool_calls', 'tool_call_id', 'name', 'reasoning_content'],
      noDeveloperRole: true,
      // DeepSeek's models since V4 require the field (see deepseek; as of 2026-11-28).
      reasoningWanted: [{ models: /\bdeepseek-v([4-9]|\d\d)/i, turns: 'given' }],
      toolNames: OPENAI_NAMES,
      // Templates of open models, such as Qwen's, refuse a second or later system message (maximhq/bifrost#6367;
      // 2026-11-28).
      oneSystem: true,
      refusedParts: ['file', 'input_audio'],
      // Without it a prompt that is too long is cut without an error.
      defaults: [{ models: /^/, fields: { context_length_exceeded_behavior: 'error' } }],
      hashedUser: true,
      effortsByModel: [
        { models: /gpt-oss/, efforts: GPT_OSS_EFFORTS, source: SOURCE },
        { models: /^/, efforts: { minimal: 'low', xhigh: 'high', max: 'high' }, source: SOURCE },
      ],
      jsonSchema: 'native',
      needsJsonMention: true,
    },
    errors: {
      statusCodes: { 412: 'upstream_quota_exceeded' },
    },
  },
  requestFields: each(
    parameter,
    'context_length_exceeded_behavior',
    'perf_metrics_in_response',
    'prompt_truncate_len',
    'reasoning_history',
  ),
  sizes: [],
};
