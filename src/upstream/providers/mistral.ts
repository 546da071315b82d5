import { each, parameter, refused } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { OPENAI_NAMES } from './tool-name-rules.js';

/** Mistral's own platform: OpenAI's wire, read strictly. */
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
  // The open weights go by the names of OpenRouter and Hugging Face in the list, where here they begin with `open-`;
  // others have a date or `latest` behind what the list has.
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
      // It refuses the system behind the assistant or a tool, and at the end (the order of roles in its library
      // mistral-common; as of 2026-11, not tried).
      oneSystem: true,
      noEmptyTurns: true,
      // Its older models refuse anybody else there (code 3230).
      answersAfterTools: true,
      assistantLast: [{ models: /^/, action: 'prefix' }],
      toolNames: OPENAI_NAMES,
      requiresParameters: true,
      renamedFields: { seed: 'random_seed' },
      renamedValues: { tool_choice: { required: 'any' } },
      refusedParts: ['file'],
      effortsByModel: [
        // They know nothing between none and all of it. The others are Magistral, which always reasons, and those that
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
