import type { Provider } from '../provider.js';
import { openaiSizes } from './openai-sizes.js';

/** OpenAI itself: the wire every other is measured by, so its bytes go to the caller as they are. */
export const openai: Provider = {
  id: 'openai',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.openai.com/v1',
  chatPath: '/chat/completions',
  keyVariables: ['OPENAI_API_KEY'],
  baseUrlVariables: ['OPENAI_BASE_URL'],
  keyOptional: false,
  quirks: {
    passthrough: true,
    maxCompletionTokensModels: /^(o\d|gpt-5|gpt-[6-9])/,
    hashedUser: true,
    obfuscation: true,
  },
  sizes: openaiSizes,
};
