import { harmless } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'docs.sambanova.ai, 2026-11-28';

/** SambaNova Cloud. It ignores hints that it does not know. */
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
    request: {
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      textContent: true,
      refusedParts: ['input_audio', 'file'],
      effortsByModel: [
        { models: /gpt-oss/, efforts: GPT_OSS_EFFORTS, source: SOURCE },
        {
          models: /^/,
          efforts: {
            none: { chat_template_kwargs: { enable_thinking: false } },
            minimal: 'low',
            xhigh: 'high',
            max: 'high',
          },
          source: SOURCE,
        },
      ],
      needsJsonMention: true,
      noStrictSchema: true,
    },
  },
  requestFields: { chat_template_kwargs: harmless('enable_thinking', 'thinking') },
  sizes: [],
};
