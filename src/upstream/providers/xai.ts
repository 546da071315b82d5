import { parameter } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';

/** Where the efforts that models take are written, and when they were. */
const SOURCE = 'docs.x.ai/docs/guides/reasoning, 2026-11-28';

/** Models that reason refuse penalties and `stop`, and new ones reason. */
const REASONING = /^(?!grok-2|grok-3(?!-mini)|.*non-reasoning)/;

/** xAI's Grok. */
export const xai: Provider = {
  id: 'xai',
  protocol: 'openai-chat',
  reach: 'network',
  defaultBaseUrl: 'https://api.x.ai/v1',
  chatPath: '/chat/completions',
  auth: 'bearer',
  keyVariables: ['XAI_API_KEY'],
  baseUrlVariables: ['XAI_BASE_URL'],
  keyOptional: false,
  // Answers on the Responses API alone.
  unlisted: /multi-agent/,
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'web_search_options'],
      refusedParts: ['input_audio', 'file'],
      dropForModels: [{ models: REASONING, fields: ['frequency_penalty', 'presence_penalty'] }],
      // Without it an answer would go on behind its end.
      refuseForModels: [{ models: REASONING, fields: ['stop'] }],
      effortsByModel: [
        {
          models: /^grok-3-mini/,
          efforts: { none: 'low', minimal: 'low', medium: 'high', xhigh: 'high', max: 'high' },
          source: SOURCE,
        },
        { models: /^grok-4[.-]3\b/, efforts: { minimal: 'low', xhigh: 'high', max: 'high' }, source: SOURCE },
        {
          models: /^grok-4[.-]5\b/,
          efforts: { none: 'low', minimal: 'low', xhigh: 'high', max: 'high' },
          source: SOURCE,
        },
        // Grok 4.6, and what is newer. The others are those that do not reason, and those before 4.3 that reason as
        // they see fit.
        {
          models: /^(?!grok-(2|3|4(?![.-]([3-9]|1\d))|code)|.*non-reasoning)/,
          efforts: { none: 'low', minimal: 'low', max: 'xhigh' },
          source: SOURCE,
        },
      ],
      // Clients report a refusal of messages without content (as of 2026-11, not tried); without the turn nothing is
      // lost.
      noEmptyTurns: true,
      needsJsonMention: true,
      hashedUser: true,
    },
    response: {
      reasoningOutsideCompletion: true,
      // Searches are billed by their sources, which no count tells of.
      countsAt: { costTicks: 'cost_in_usd_ticks' },
    },
  },
  requestFields: { parallel_function_calling: parameter },
  sizes: [],
};
