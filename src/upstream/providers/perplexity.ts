import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';

/** Perplexity's Sonar models, which search the web before they answer. */
export const perplexity: Provider = {
  id: 'perplexity',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.perplexity.ai',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['PERPLEXITY_API_KEY'],
  baseUrlVariables: ['PERPLEXITY_BASE_URL'],
  keyOptional: false,
  // A name of OpenRouter's.
  unlisted: /-search$/,
  embeddings: { wire: 'perplexity', path: '/v1/embeddings' },
  quirks: {
    request: {
      drop: openaiHintsAnd(
        'function_call',
        'logprobs',
        'parallel_tool_calls',
        'seed',
        'service_tier',
        'tool_choice',
        'top_logprobs',
      ),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'tools'],
      messageFields: ['role', 'content'],
      noStreamOptions: true,
      noDeveloperRole: true,
      alternatingTurns: true,
      noEmptyTurns: true,
      assistantLast: [{ models: /^/, action: 'asked' }],
      refusedParts: ['file', 'input_audio'],
      onePenalty: true,
      effortsByModel: [
        {
          models: /^(?!(sonar(-pro)?|r1-1776)$)/,
          efforts: { none: 'minimal', xhigh: 'high', max: 'high' },
          source: 'docs.perplexity.ai/api-reference/chat-completions-post, 2026-11-28',
        },
      ],
      jsonSchema: 'native',
      noJsonObject: true,
    },
    response: {
      searchResults: true,
      countsAt: { reasoning: 'reasoning_tokens', costUsd: 'cost.total_cost' },
    },
    limits: {
      maxTokensField: 'max_tokens',
    },
  },
  sizes: [{ models: /^pplx-embed/ }, { models: /^/, unboundedFee: 'web searches' }],
};
