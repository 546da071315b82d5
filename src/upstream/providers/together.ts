import { harmless, parameter } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'docs.together.ai/reference/chat-completions-1, 2026-11-28';

/** Open models at Together AI. */
export const together: Provider = {
  id: 'together',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.together.xyz/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['TOGETHER_API_KEY'],
  baseUrlVariables: ['TOGETHER_BASE_URL'],
  keyOptional: false,
  // Models without chat training, which only complete texts.
  unlisted: /-base\b|(?<!instruct)-v0\.1$/i,
  embeddings: { wire: 'openai', path: '/embeddings', floatsOnly: true },
  quirks: {
    request: {
      drop: [
        'function_call',
        'metadata',
        'parallel_tool_calls',
        'prediction',
        'prompt_cache_key',
        'prompt_cache_options',
        'prompt_cache_retention',
        'safety_identifier',
        'service_tier',
        'store',
        'verbosity',
      ],
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'web_search_options'],
      messageFields: ['role', 'content', 'tool_calls', 'tool_call_id', 'name'],
      noDeveloperRole: true,
      textContent: true,
      // Templates of open models, such as Qwen's, refuse a second or later system message (maximhq/bifrost#6367;
      // 2026-11-28).
      oneSystem: true,
      refusedParts: ['file', 'input_audio'],
      stopList: true,
      integerLogprobs: true,
      effortsByModel: [
        { models: /gpt-oss/, efforts: GPT_OSS_EFFORTS, source: SOURCE },
        {
          models: /^/,
          efforts: { none: { reasoning: { enabled: false } }, minimal: 'low', xhigh: 'high', max: 'high' },
          source: SOURCE,
        },
      ],
      jsonSchema: 'native',
      needsJsonMention: true,
    },
    response: {
      countsAt: { cached: 'cached_tokens' },
    },
    limits: {
      maxTokensField: 'max_tokens',
    },
  },
  requestFields: {
    context_length_exceeded_behavior: parameter,
    chat_template_kwargs: harmless('enable_thinking', 'thinking'),
  },
  sizes: [],
};
