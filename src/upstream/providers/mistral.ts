import { each, parameter, refused } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { OPENAI_NAMES } from './tool-name-rules.js';

/** Mistral's own platform: OpenAI's wire, with strict checks. */
export const mistral: Provider = {
  id: 'mistral',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.mistral.ai/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['MISTRAL_API_KEY'],
  baseUrlVariables: ['MISTRAL_BASE_URL'],
  keyOptional: false,
  embeddings: {
    wire: 'openai',
    path: '/embeddings',
    dimensionsField: 'output_dimension',
    floatsOnly: true,
    knownFields: ['input', 'output_dtype'],
  },
  moderations: { wire: 'mistral', path: '/moderations' },
  models: ['mistral-moderation-latest', 'magistral-medium-latest', 'mistral-large-latest'],
  // The price list has open weights under names of OpenRouter and Hugging Face. Here they begin with `open-`. Other
  // names have a date or `latest` at the end.
  unlisted:
    /:|instruct|^mi[sx]tral-(7b|8x7b|nemo)$|^(magistral-medium|mistral-(large|saba)|ministral-[38]b)$|^voxtral.*-\d+b-/,
  quirks: {
    request: {
      drop: [
        'function_call',
        'logit_bias',
        'logprobs',
        'prompt_cache_options',
        'prompt_cache_retention',
        'safety_identifier',
        'service_tier',
        'store',
        'top_logprobs',
        'verbosity',
      ],
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'web_search_options'],
      bodyFields: [
        'frequency_penalty',
        'guardrails',
        'max_tokens',
        'messages',
        'metadata',
        'model',
        'n',
        'parallel_tool_calls',
        'prediction',
        'presence_penalty',
        'prompt_cache_key',
        'prompt_mode',
        'random_seed',
        'reasoning_effort',
        'response_format',
        'safe_prompt',
        'stop',
        'stream',
        'temperature',
        'tool_choice',
        'tools',
        'top_p',
      ],
      messageFields: ['role', 'content', 'tool_calls', 'tool_call_id', 'name', 'prefix'],
      noDeveloperRole: true,
      shortToolIds: true,
      // It refuses a system message after an assistant or tool message, and at the end (the order of roles in its
      // library mistral-common; as of 2026-11, not tried).
      oneSystem: true,
      noEmptyTurns: true,
      // Its older models refuse any other message there (code 3230).
      answersAfterTools: true,
      assistantLast: [{ models: /^/, action: 'prefix' }],
      toolNames: OPENAI_NAMES,
      requiresParameters: true,
      renamedFields: { seed: 'random_seed' },
      renamedValues: { tool_choice: { required: 'any' } },
      refusedParts: ['file'],
      effortsByModel: [
        // These models know only none and full effort. The others are Magistral, which always reasons, and models that
        // never do.
        {
          models:
            /^(?!(labs-)?(magistral|codestral|devstral|ministral|pixtral|voxtral|mathstral|open-|mistral-(tiny|saba|nemo|[a-z]+-2[0-5]\d\d$)))/,
          efforts: { minimal: 'none', low: 'none', medium: 'high', xhigh: 'high', max: 'high' },
          source: 'docs.mistral.ai/capabilities/reasoning, 2026-11-28',
        },
      ],
      jsonSchema: 'native',
      needsJsonMention: true,
    },
    response: {
      finishReasons: { model_length: 'length' },
      countsAt: { cached: 'prompt_token_details.cached_tokens' },
      audioOutsidePrompt: true,
    },
    limits: {
      maxTokensField: 'max_tokens',
    },
    errors: {
      emptyErrorIsContext: true,
    },
  },
  requestFields: {
    ...each(parameter, 'prompt_mode', 'random_seed', 'safe_prompt'),
    guardrails: refused('their checks are billed separately'),
  },
  sizes: [],
};
