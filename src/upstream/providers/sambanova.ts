import { harmless } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';

/** SambaNova Cloud; it ignores the hints it does not know. */
export const sambanova: Provider = {
  id: 'sambanova',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.sambanova.ai/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['SAMBANOVA_API_KEY'],
  baseUrlVariables: ['SAMBANOVA_BASE_URL', 'SAMBA_NOVA_BASE_URL'],
  keyOptional: false,
  embeddings: { wire: 'openai', path: '/embeddings', floatsOnly: true },
  quirks: {
    refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
    textContent: true,
    refusedParts: ['input_audio', 'file'],
    reasoningEffort: { none: 'low', minimal: 'low', xhigh: 'high', max: 'high' },
    jsonWord: true,
    noStrictSchema: true,
  },
  requestFields: { chat_template_kwargs: harmless('enable_thinking', 'thinking') },
  sizes: [],
};
