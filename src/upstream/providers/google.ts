import { chatPath, modelResource } from '../protocols/gemini/model-path.js';
import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';
import { GEMINI_NAMES } from './tool-name-rules.js';

/** The longest prompt of Gemini models. The answer comes on top. */
const PROMPT_TOKENS = 1_048_576;

/** The source of the longest answers, with its date. */
const SOURCE = 'ai.google.dev/gemini-api/docs/models, 2026-11-28';

/** Google's Gemini and Gemma models, over the Gemini Developer API. */
export const google: Provider = {
  id: 'google',
  aliases: ['gemini'],
  protocol: 'gemini',
  reach: 'network',
  defaultBaseUrl: 'https://generativelanguage.googleapis.com',
  chatPath,
  auth: { header: 'x-goog-api-key' },
  keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  baseUrlVariables: ['GOOGLE_GEMINI_BASE_URL'],
  keyOptional: false,
  embeddings: { wire: 'gemini', path: (model) => `/v1beta/${modelResource(model)}` },
  // Models that only Vertex AI serves, OpenRouter's names, and name prefixes of the price list.
  unlisted: /^claude|-maas$|^gemini-(flash|pro)-1\.5|^gemini-omni\b|^gemma-3n?$/,
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call', 'parallel_tool_calls', 'service_tier'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'web_search_options'],
      toolNames: GEMINI_NAMES,
      inlineImages: 'all',
      jsonSchema: 'json_object',
      jsonSchemaModels: /^(models\/)?gemini-(?!1\.|2\.0)/,
    },
  },
  sizes: [
    {
      models: /^(models\/)?gemini-2\.0-flash(-lite)?(-\d{3})?$/,
      maxOutputTokens: 8_192,
      contextTokens: PROMPT_TOKENS + 8_192,
    },
    {
      models: /^(models\/)?gemini-(2\.5-(pro|flash|flash-lite)|3(\.\d)?-(pro|flash|flash-lite))(-preview)?$/,
      maxOutputTokens: 65_536,
      contextTokens: PROMPT_TOKENS + 65_536,
    },
  ],
  likelyOutput: [
    { models: /gemini-(1\.|2\.0)|gemma/, tokens: 8_192, source: SOURCE },
    { models: /^/, tokens: 65_536, source: SOURCE },
  ],
};
