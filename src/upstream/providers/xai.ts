import { parameter } from '../bounds/field-rules.js';
import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';

/** The source of the models' efforts, with its date. */
const SOURCE = 'docs.x.ai/docs/guides/reasoning, 2026-11-28';

/** Models that reason refuse penalties and `stop`. New models reason. */
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
  // Only on the Responses API.
  unlisted: /multi-agent/,
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call'),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'web_search_options'],
      refusedParts: ['input_audio', 'file'],
      dropForModels: [{ models: REASONING, fields: ['frequency_penalty', 'presence_penalty'] }],
      // Without `stop` the answer would go on.
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
        // Grok 4.6 and newer. The others do not reason, or (before 4.3) decide it themselves.
        {
          models: /^(?!grok-(2|3|4(?![.-]([3-9]|1\d))|code)|.*non-reasoning)/,
          efforts: { none: 'low', minimal: 'low', max: 'xhigh' },
          source: SOURCE,
        },
      ],
      // Clients report that messages without content are refused (as of 2026-11, not tried). Nothing is lost without
      // the turn.
      noEmptyTurns: true,
      needsJsonMention: true,
      hashedUser: true,
    },
    response: {
      reasoningOutsideCompletion: true,
      // Searches are billed by their sources, which no count includes.
      countsAt: { costTicks: 'cost_in_usd_ticks' },
    },
  },
  requestFields: { parallel_function_calling: parameter },
  sizes: [],
};
