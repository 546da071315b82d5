import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';
import { anthropicSizes, claudeOutputs, NEWEST_OUTPUT_TOKENS } from './anthropic-sizes.js';
import { ANTHROPIC_NAMES, CLAUDE_FIELDS } from './tool-name-rules.js';

/** Claude, on Anthropic's own API. */
export const anthropic: Provider = {
  id: 'anthropic',
  protocol: 'anthropic-messages',
  reach: 'network',
  defaultBaseUrl: 'https://api.anthropic.com',
  chatPath: '/v1/messages',
  auth: { header: 'x-api-key' },
  headers: { 'anthropic-version': '2023-06-01' },
  keyVariables: ['ANTHROPIC_API_KEY'],
  baseUrlVariables: ['ANTHROPIC_BASE_URL'],
  keyOptional: false,
  // Names of the price list for models whose real names have a date.
  unlisted: /^claude-3(-5)?-(haiku|sonnet)$/,
  quirks: {
    request: {
      drop: openaiHintsAnd(
        'frequency_penalty',
        'function_call',
        'logprobs',
        'presence_penalty',
        'seed',
        'service_tier',
        'top_logprobs',
      ),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      toolNames: ANTHROPIC_NAMES,
      parameterNames: CLAUDE_FIELDS,
      jsonSchema: 'prompt',
      hashedUser: true,
    },
    limits: {
      requiresLimit: { rows: claudeOutputs, newest: NEWEST_OUTPUT_TOKENS },
    },
  },
  sizes: anthropicSizes,
  likelyOutput: [
    ...claudeOutputs,
    {
      models: /^/,
      tokens: NEWEST_OUTPUT_TOKENS,
      source: 'platform.claude.com/docs/en/about-claude/models, 2026-11-28',
    },
  ],
};
