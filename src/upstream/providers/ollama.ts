import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';
import { openaiHintsAnd } from './hints.js';

/** Where the efforts that models take are written, and when they were. */
const SOURCE = 'docs.ollama.com/capabilities/thinking, 2026-11-28';

/** Models on one's own machine. */
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
      // Templates of open models, such as Qwen's, refuse a second system message, and one behind others
      // (maximhq/bifrost#6367; 2026-11-28).
      oneSystem: true,
      refusedParts: ['input_audio', 'file'],
      // The models' templates pass over roles that they do not know.
      noDeveloperRole: true,
      // Its server makes a message of each part, and templates refuse a second system message.
      textContent: true,
      // A message without content is an error there.
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
  // Whoever makes a model there chooses its context, its answers' length and a prompt of its own.
  sizes: [],
};
