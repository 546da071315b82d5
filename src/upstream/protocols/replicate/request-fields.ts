import { each, json, nested, outputLimit, parameter, refused, type FieldRules } from '../../bounds/field-rules.js';

/** How the fields of a prediction affect its cost. */
export const requestFields: FieldRules = {
  input: nested({
    ...each(json, 'prompt', 'system_prompt'),
    ...each(outputLimit, 'max_tokens', 'max_new_tokens', 'max_completion_tokens'),
    ...each(refused('the tokens of an image have no upper bound here'), 'image', 'image_input'),
    ...each(
      parameter,
      'frequency_penalty',
      'presence_penalty',
      'reasoning_effort',
      'seed',
      'stop_sequences',
      'temperature',
      'top_k',
      'top_p',
    ),
  }),
  ...each(parameter, 'stream', 'version'),
};
