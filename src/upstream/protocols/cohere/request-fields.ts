import { turnsOf } from '../../bounds/blocks.js';
import { each, json, outputLimit, parameter, type FieldRules } from '../../bounds/field-rules.js';

/** How the fields of a `/v2/chat` request affect its cost. Thoughts count against `max_tokens`. */
export const requestFields: FieldRules = {
  messages: turnsOf('content', { imageAt: ({ type }) => (type === 'image_url' ? 'image_url' : undefined) }),
  ...each(json, 'response_format', 'tools', 'tool_choice'),
  max_tokens: outputLimit,
  ...each(
    parameter,
    'frequency_penalty',
    'k',
    'logprobs',
    'model',
    'p',
    'presence_penalty',
    'seed',
    'stop_sequences',
    'stream',
    'strict_tools',
    'temperature',
    'thinking',
  ),
};
