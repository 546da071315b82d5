import { turnsOf } from '../../bounds/blocks.js';
import { each, json, outputLimit, parameter, refused, type FieldRules } from '../../bounds/field-rules.js';

/** How the fields of a Messages request affect its cost. Thoughts count against `max_tokens`. */
export const requestFields: FieldRules = {
  messages: turnsOf('content', {
    imageAt: ({ type }) => (type === 'image' ? 'source' : undefined),
    isUncounted: ({ type }) => type === 'document',
    within: ({ type, content, ...rest }) =>
      type === 'tool_result' ? { blocks: content, rest: { type, ...rest } } : undefined,
  }),
  ...each(json, 'system', 'tools', 'tool_choice'),
  max_tokens: outputLimit,
  inference_geo: refused('only models that may run anywhere have a price here', (value) => value === 'global'),
  service_tier: refused('only the standard tier has a price here', (value) => value === 'standard_only'),
  ...each(
    parameter,
    'model',
    'metadata',
    'output_config',
    'stop_sequences',
    'stream',
    'temperature',
    'thinking',
    'top_k',
    'top_p',
  ),
};
