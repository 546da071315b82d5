import { pathSegment } from '../path-segment.js';
import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';
import { ROUTED_NAMES } from './tool-name-rules.js';

/** Hugging Face's router to inference providers: the request is relayed as it is, so it holds only what all of them take. */
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
    besideVersion: true,
  },
  quirks: {
    drop: openaiHintsAnd('function_call', 'logprobs', 'parallel_tool_calls', 'service_tier', 'top_logprobs'),
    refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
    messageFields: ['role', 'content', 'tool_calls', 'tool_call_id'],
    // Templates of open models, such as Qwen's, refuse a second system message, and one behind others (maximhq/bifrost#6367; 2026-11-28).
    oneSystem: true,
    refusedParts: ['input_audio', 'file'],
    toolNames: ROUTED_NAMES,
    maxTokensField: 'max_tokens',
    noDeveloperRole: true,
    textContent: true,
    jsonSchema: 'prompt',
    jsonWord: true,
    usageAt: 'x_groq.usage',
    countsAt: { cached: 'cached_tokens' },
  },
  sizes: [],
};
