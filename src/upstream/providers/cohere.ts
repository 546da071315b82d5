import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';
import { COHERE_NAMES } from './tool-name-rules.js';

/** Cohere's own models. */
export const cohere: Provider = {
  id: 'cohere',
  protocol: 'cohere-v2',
  reach: 'network',
  defaultBaseUrl: 'https://api.cohere.com',
  chatPath: '/v2/chat',
  auth: 'bearer',
  keyVariables: ['COHERE_API_KEY', 'CO_API_KEY'],
  baseUrlVariables: ['COHERE_BASE_URL'],
  keyOptional: false,
  models: ['command-a-03-2025', 'command-r7b-12-2024'],
  // Names of the price list for models whose real names have a date.
  unlisted: /^command-(a|r7b)$/,
  embeddings: { wire: 'cohere', path: '/v2/embed' },
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call', 'parallel_tool_calls', 'service_tier', 'top_logprobs'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      toolNames: COHERE_NAMES,
      jsonSchema: 'native',
      inlineImages: 'unless-typed',
    },
    errors: {
      statusCodes: { 498: 'upstream_auth_failed' },
    },
  },
  // The longest answers, as documented (docs.cohere.com: models). The cost of an image is not documented.
  sizes: [
    { models: /^command-r(-plus|7b)?-(08-2024|12-2024)$/, maxOutputTokens: 4_096 },
    { models: /^command-a(-vision|-translate)?-(03|07|08)-2025$/, maxOutputTokens: 8_192 },
    { models: /^command-a-reasoning-08-2025$/, maxOutputTokens: 32_768 },
  ],
  likelyOutput: [{ models: /^/, tokens: 32_768, source: 'docs.cohere.com/docs/models, 2026-11-28' }],
};
