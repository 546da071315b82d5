import { turnsOf } from '../../bounds/blocks.js';
import { choices, each, json, nested, outputLimit, parameter, type FieldRules } from '../../bounds/field-rules.js';

/** How the fields of a Gemini request affect its cost. Thoughts count against `maxOutputTokens`. */
export const requestFields: FieldRules = {
  contents: turnsOf('parts', { isUncounted: (part) => 'inlineData' in part || 'fileData' in part }),
  ...each(json, 'systemInstruction', 'tools', 'toolConfig'),
  generationConfig: nested({
    maxOutputTokens: outputLimit,
    candidateCount: choices,
    responseJsonSchema: json,
    ...each(
      parameter,
      'frequencyPenalty',
      'logprobs',
      'presencePenalty',
      'responseLogprobs',
      'responseMimeType',
      'seed',
      'stopSequences',
      'temperature',
      'thinkingConfig',
      'topK',
      'topP',
    ),
  }),
  safetySettings: parameter,
};
