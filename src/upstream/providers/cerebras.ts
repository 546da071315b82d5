import { each, parameter } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';
import { OPENAI_NAMES } from './tool-name-rules.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'inference-docs.cerebras.ai/capabilities/reasoning, 2026-11-28';

/** Open models on Cerebras' wafers. */
export const cerebras: Provider = {
  id: 'cerebras',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.cerebras.ai/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['CEREBRAS_API_KEY'],
  baseUrlVariables: ['CEREBRAS_BASE_URL'],
  keyOptional: false,
  quirks: {
    request: {
      drop: [
        'frequency_penalty',
        'function_call',
        'logit_bias',
        'metadata',
        'presence_penalty',
        'prompt_cache_options',
        'prompt_cache_retention',
        'safety_identifier',
        'store',
        'verbosity',
      ],
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      messageFields: ['role', 'content', 'tool_calls', 'tool_call_id', 'name', 'reasoning'],
      toolNames: OPENAI_NAMES,
      maxTemperature: 1.5,
      textContent: true,
      noImages: true,
      refusedParts: ['input_audio', 'file'],
      effortsByModel: [
        { models: /gpt-oss/, efforts: GPT_OSS_EFFORTS, source: SOURCE },
        // The others do not reason, or always do.
        {
          models: /^(?!.*(llama|mi[sx]tral|instruct|coder|thinking|qwen-3-32b|deepseek-r1))/,
          efforts: { minimal: 'low', xhigh: 'high', max: 'high' },
          source: SOURCE,
        },
      ],
      needsJsonMention: true,
      hashedUser: true,
    },
    errors: {
      emptyErrorIsContext: true,
    },
  },
  requestFields: each(parameter, 'clear_thinking', 'disable_reasoning', 'reasoning_format'),
  sizes: [],
};
