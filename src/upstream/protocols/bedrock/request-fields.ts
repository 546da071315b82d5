import { turnsOf } from '../../bounds/blocks.js';
import { each, json, nested, outputLimit, parameter, refused, type FieldRules } from '../../bounds/field-rules.js';
import { asObject } from '../../json/json.js';

/** How the fields of a Converse request affect its cost. Thoughts count against `maxTokens`. */
export const requestFields: FieldRules = {
  messages: turnsOf('content', {
    imageAt: (block) => ('image' in block ? 'image' : undefined),
    isUncounted: (block) => 'document' in block,
    within: ({ toolResult, ...others }) => {
      const result = asObject(toolResult);
      if (!result) return undefined;
      const { content, ...rest } = result;
      return { blocks: content, rest: { ...others, toolResult: rest } };
    },
  }),
  ...each(json, 'system', 'toolConfig'),
  inferenceConfig: nested({ maxTokens: outputLimit, ...each(parameter, 'stopSequences', 'temperature', 'topP') }),
  additionalModelRequestFields: nested({
    ...each(parameter, 'inferenceConfig', 'reasoning_config', 'reasoning_effort', 'thinking', 'top_k'),
    reasoningConfig: refused(
      'at high effort no output limit can be sent',
      (value) => asObject(value)?.['maxReasoningEffort'] !== 'high',
    ),
    anthropic_beta: refused('a beta feature may have another price'),
  }),
  ...each(parameter, 'outputConfig', 'requestMetadata'),
};
