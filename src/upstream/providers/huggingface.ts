import { pathSegment } from '../path-segment.js';
import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';
import { openaiHintsAnd } from './hints.js';
import { ROUTED_NAMES } from './tool-name-rules.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'huggingface.co/docs/inference-providers/tasks/chat-completion, 2026-11-28';

/** Hugging Face's router to inference providers. It passes the request on, so only what all of them take goes out. */
export const huggingface: Provider = {
  id: 'huggingface',
  aliases: ['hf'],
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://router.huggingface.co/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['HF_TOKEN', 'HUGGINGFACE_API_KEY'],
  baseUrlVariables: ['HUGGINGFACE_BASE_URL'],
  keyOptional: false,
  embeddings: {
    wire: 'hugging-face',
    path: (model) => `/hf-inference/models/${model.split('/').map(pathSegment).join('/')}/pipeline/feature-extraction`,
    outsideVersionPath: true,
  },
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call', 'logprobs', 'parallel_tool_calls', 'service_tier', 'top_logprobs'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      messageFields: ['role', 'content', 'tool_calls', 'tool_call_id'],
      // Templates of open models, such as Qwen's, refuse a second or later system message (maximhq/bifrost#6367;
      // 2026-11-28).
      oneSystem: true,
      refusedParts: ['input_audio', 'file'],
      toolNames: ROUTED_NAMES,
      noDeveloperRole: true,
      textContent: true,
      // The efforts that all providers with efforts know.
      effortsByModel: [
        { models: /gpt-oss/, efforts: GPT_OSS_EFFORTS, source: SOURCE },
        { models: /^/, efforts: { minimal: 'low', xhigh: 'high', max: 'high' }, source: SOURCE },
      ],
      jsonSchema: 'prompt',
      needsJsonMention: true,
    },
    response: {
      usageAt: 'x_groq.usage',
      countsAt: { cached: 'cached_tokens' },
    },
    limits: {
      maxTokensField: 'max_tokens',
    },
  },
  sizes: [],
};
