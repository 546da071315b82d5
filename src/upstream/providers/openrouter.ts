import { each, parameter } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { ROUTED_NAMES } from './tool-name-rules.js';

/** A router to models of many providers. It drops what a model does not know. */
export const openrouter: Provider = {
  id: 'openrouter',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://openrouter.ai/api/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['OPENROUTER_API_KEY'],
  baseUrlVariables: ['OPENROUTER_BASE_URL'],
  settings: {
    http_referer: { variables: ['OPENROUTER_HTTP_REFERER'], header: 'http-referer' },
    x_title: { variables: ['OPENROUTER_X_TITLE'], header: 'x-title' },
  },
  keyOptional: false,
  // Every name begins with the vendor's name. The price list has older names without it.
  unlisted: /^[^/]*$/,
  embeddings: { wire: 'openai', path: '/embeddings', dimensionsField: 'dimensions' },
  quirks: {
    request: {
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n'],
      hashedUser: true,
      cacheMarks: true,
      toolNames: ROUTED_NAMES,
      reasoningField: 'reasoning',
      // Claude from 5.5 on, Fable and Mythos, as Anthropic documents them (2026-11-28).
      unforcedModels:
        /^~?anthropic\/claude-(?!instant|((opus|sonnet|haiku)-)?([1-4]\b|5(?![.-]?\d{1,2}\b)|5[.-][0-4]\b)(?!-(fable|mythos)))/,
      // OpenRouter drops the schema for models without schemas or JSON mode.
      jsonSchema: 'both',
      // DeepSeek's models since V4 require the field (see deepseek; as of 2026-11-28).
      reasoningWanted: [{ models: /\bdeepseek-v([4-9]|\d\d)/i, turns: 'given' }],
      noEmptyTurns: true,
      // Claude models since 4.6 refuse to continue a text (see `prefill.ts`; as of 2026-11-28). Unknown names count as
      // newer.
      assistantLast: [
        {
          models:
            /^~?anthropic\/claude-((2|3|instant)\b|((opus|sonnet|haiku)-)?4([.-][0-5])?(-(opus|sonnet|haiku))?(-20\d{6})?(:|$))/,
          action: 'kept',
        },
        { models: /^~?anthropic\/claude/, action: 'asked' },
      ],
      needsJsonMention: true,
    },
    response: {
      countsAt: { costUsd: 'cost', ownKeyCostUsd: 'cost_details.upstream_inference_cost' },
    },
  },
  requestFields: each(parameter, 'include_reasoning', 'session_id', 'top_a', 'transforms', 'usage'),
  // It states the cost of a cache write, however long the write is kept.
  hasCostlyCacheWrites: true,
  sizes: [{ models: /:online$|-search-(preview|api)\b|^perplexity\//, unboundedFee: 'web searches' }],
};
