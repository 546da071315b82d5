import { each, parameter, refused } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { GPT_OSS_EFFORTS } from './gpt-oss.js';
import { openaiHintsAnd } from './hints.js';
import { OPENAI_NAMES } from './tool-name-rules.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'console.groq.com/docs/reasoning, 2026-11-28';

/** Open models on Groq's own chips. */
export const groq: Provider = {
  id: 'groq',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.groq.com/openai/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['GROQ_API_KEY'],
  baseUrlVariables: ['GROQ_BASE_URL'],
  keyOptional: false,
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call', 'logprobs', 'top_logprobs'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      messageFields: ['role', 'content', 'tool_calls', 'tool_call_id'],
      toolNames: OPENAI_NAMES,
      textContent: true,
      refusedParts: ['file', 'input_audio'],
      pinsTier: true,
      renamedValues: { service_tier: { default: 'on_demand', priority: 'performance' } },
      hashedUser: true,
      effortsByModel: [
        { models: /gpt-oss/, efforts: GPT_OSS_EFFORTS, source: SOURCE },
        {
          models: /qwen-?3/,
          efforts: {
            minimal: 'default',
            low: 'default',
            medium: 'default',
            high: 'default',
            xhigh: 'default',
            max: 'default',
          },
          source: SOURCE,
        },
        // Unknown models count as the newest, which reason. Models that do not reason, or decide it themselves, refuse
        // an effort.
        {
          models: /^(?!.*(llama|gemma|mi[sx]tral|kimi-k2|qwen-?2|qwq|deepseek-r1|allam|compound|guard))/,
          efforts: GPT_OSS_EFFORTS,
          source: SOURCE,
        },
      ],
      // By default such a model puts its thoughts into the answer, and refuses tools and JSON mode.
      defaults: [
        { models: /qwen-?3|qwq|deepseek-r1/, fields: { reasoning_format: 'parsed' }, unless: ['include_reasoning'] },
      ],
      jsonSchema: 'json_object',
      jsonSchemaModels: /gpt-oss|kimi-k2|llama-4/,
      jsonModeAlone: true,
      needsJsonMention: true,
    },
    response: {
      usageAt: 'x_groq.usage',
    },
    errors: {
      errorAt: 'x_groq.error',
      statusCodes: { 498: 'upstream_unavailable' },
    },
  },
  requestFields: {
    ...each(parameter, 'include_reasoning', 'reasoning_format'),
    service_tier: refused(
      'only the default tier has a price here',
      (value) => value === 'auto' || value === 'on_demand',
    ),
  },
  // The other models only bill tokens.
  sizes: [{ models: /\bcompound\b/, unboundedFee: 'web searches and runs of code' }],
};
