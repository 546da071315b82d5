import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';
import { openaiHintsAnd } from './hints.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'docs.ollama.com/capabilities/thinking, 2026-11-28';

/** Models on your own machine. */
export const ollama: Provider = {
  id: 'ollama',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'http://localhost:11434',
  chatPath: '/v1/chat/completions',
  auth: 'bearer',
  keyVariables: ['OLLAMA_API_KEY'],
  baseUrlVariables: ['OLLAMA_BASE_URL', 'OLLAMA_HOST'],
  keyOptional: true,
  embeddings: { wire: 'openai', path: '/v1/embeddings', dimensionsField: 'dimensions' },
  quirks: {
    request: {
      drop: openaiHintsAnd('parallel_tool_calls', 'service_tier'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      // Templates of open models, such as Qwen's, refuse a second or later system message (maximhq/bifrost#6367;
      // 2026-11-28).
      oneSystem: true,
      refusedParts: ['input_audio', 'file'],
      // The models' templates ignore unknown roles.
      noDeveloperRole: true,
      // Its server makes a message of each part, and templates refuse a second system message.
      textContent: true,
      // Its server refuses a message without content.
      noEmptyTurns: true,
      needsJsonMention: true,
      noToolChoice: true,
      effortsByModel: [
        { models: /gpt-oss/, efforts: GPT_OSS_EFFORTS, source: SOURCE },
        { models: /^/, efforts: { minimal: 'low', xhigh: 'max' }, source: SOURCE },
      ],
      inlineImages: 'all',
    },
    response: {
      ownIds: true,
    },
    limits: {
      maxTokensField: 'max_tokens',
    },
  },
  // Whoever creates a model there chooses its context, the length of its answers and its own prompt.
  sizes: [],
};
