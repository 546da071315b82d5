import type { Provider } from '../provider.js';
import { either, OPENAI_ELSEWHERE } from './openai-elsewhere.js';
import { NEWEST_OUTPUT_TOKENS, openaiSizes } from './openai-sizes.js';

/** OpenAI itself: the wire every other is measured by, so its bytes go to the caller as they are. */
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
  // What judges when no model is named.
  models: ['omni-moderation-latest'],
  // The list's own word for moderations, a model without a date, the open weights, which are not served there, and
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
      // Every model takes the newer name, and new ones take no other; only servers of old models may not know it.
      maxCompletionTokensModels: /^(?!(ft:|chat)?gpt-[34](?!\d))/,
    },
  },
  sizes: openaiSizes,
  likelyOutput: [
    { models: /^/, tokens: NEWEST_OUTPUT_TOKENS, source: 'developers.openai.com/api/docs/models, 2026-11-28' },
  ],
};
