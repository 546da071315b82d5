import type { Provider } from '../provider.js';
import { openaiSizes } from './openai-sizes.js';

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
  quirks: {
    passthrough: true,
    maxCompletionTokensModels: /^(o\d|gpt-5|gpt-[6-9])/,
    hashedUser: true,
    pinsTier: true,
    obfuscation: true,
  },
  sizes: openaiSizes,
};
