import { AWS_REGION, awsRegion } from '../http/aws-region.js';
import { pathSegment } from '../path-segment.js';
import type { Provider } from '../provider.js';
import { claudeOutputs } from './anthropic-sizes.js';
import { openaiHintsAnd } from './hints.js';
import { CLAUDE_FIELDS, OPENAI_NAMES } from './tool-name-rules.js';

/** Models of many makers at Amazon, in one region. A model is named by its id, an inference profile or an ARN. */
export const bedrock: Provider = {
  id: 'bedrock',
  aliases: ['aws-bedrock'],
  protocol: 'bedrock-converse',
  reach: 'network',
  defaultBaseUrl: (settings) => {
    const region = awsRegion(settings);
    return region === undefined ? undefined : `https://bedrock-runtime.${region}.amazonaws.com`;
  },
  chatPath: (model, isStream) => `/model/${pathSegment(model)}/${isStream ? 'converse-stream' : 'converse'}`,
  auth: 'aws',
  keyVariables: ['AWS_BEARER_TOKEN_BEDROCK', 'AWS_SECRET_ACCESS_KEY'],
  baseUrlVariables: ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME'],
  settings: {
    region: { variables: ['AWS_REGION', 'AWS_DEFAULT_REGION'], form: AWS_REGION },
    access_key_id: { variables: ['AWS_ACCESS_KEY_ID'], form: { pattern: /^\w{1,128}$/, words: 'letters and digits' } },
    session_token: { variables: ['AWS_SESSION_TOKEN'], isSecret: true },
    bearer_token: { variables: ['AWS_BEARER_TOKEN_BEDROCK'], isSecret: true },
  },
  keyOptional: false,
  // The price list's prefix for any region.
  unlisted: /^regional\./,
  embeddings: { wire: 'bedrock', path: (model) => `/model/${pathSegment(model)}/invoke` },
  quirks: {
    request: {
      drop: openaiHintsAnd(
        'frequency_penalty',
        'function_call',
        'logprobs',
        'parallel_tool_calls',
        'presence_penalty',
        'seed',
        'service_tier',
        'top_logprobs',
      ),
      refuse: ['audio', 'functions', 'modalities', 'moderation', 'n', 'web_search_options'],
      toolNames: OPENAI_NAMES,
      parameterNames: CLAUDE_FIELDS,
      inlineImages: 'all',
      jsonSchema: 'prompt',
      hashedUser: true,
    },
  },
  // The price list has no price for a cache write that is kept for an hour.
  hasCostlyCacheWrites: true,
  sizes: [],
  // Other models are counted by their context.
  likelyOutput: claudeOutputs,
};
