import type { Provider } from '../provider.js';
import { either, OPENAI_ELSEWHERE } from './openai-elsewhere.js';
import { NEWEST_OUTPUT_TOKENS, openaiSizes } from './openai-sizes.js';

/** OpenAI itself. Its wire is the standard, so its bytes go to the caller unchanged. */
export const openai: Provider = {
  id: 'openai',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.openai.com/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['OPENAI_API_KEY'],
  baseUrlVariables: ['OPENAI_BASE_URL'],
  settings: {
    organization: { variables: ['OPENAI_ORG_ID'], header: 'openai-organization' },
    project: { variables: ['OPENAI_PROJECT_ID'], header: 'openai-project' },
  },
  keyOptional: false,
  embeddings: { wire: 'openai', path: '/embeddings', dimensionsField: 'dimensions', tokenInput: true },
  moderations: { wire: 'openai', path: '/moderations' },
  // The model for moderations without a model.
  models: ['omni-moderation-latest'],
  // The price list's name for moderations, a model without a date, the open weights, which OpenAI does not serve, and
  // OpenRouter's variants.
  unlisted: either(OPENAI_ELSEWHERE, /^moderation$|^gpt-3\.5-\d|^gpt-oss|^(?!ft:).*:/),
  quirks: {
    request: {
      asSent: true,
      hashedUser: true,
      pinsTier: true,
      obfuscation: true,
    },
    response: {
      passthrough: true,
    },
    limits: {
      // Every model takes the newer name, and new ones take no other. Only servers with old models may not know it.
      maxCompletionTokensModels: /^(?!(ft:|chat)?gpt-[34](?!\d))/,
    },
  },
  sizes: openaiSizes,
  likelyOutput: [
    { models: /^/, tokens: NEWEST_OUTPUT_TOKENS, source: 'developers.openai.com/api/docs/models, 2026-11-28' },
  ],
};
