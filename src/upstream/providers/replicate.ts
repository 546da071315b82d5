import { placeOf } from '../protocols/replicate/model-place.js';
import type { Provider } from '../provider.js';
import { openaiHintsAnd } from './hints.js';

/** Replicate: models of all kinds, called by predictions. */
export const replicate: Provider = {
  id: 'replicate',
  protocol: 'replicate',
  reach: 'predictions',
  defaultBaseUrl: 'https://api.replicate.com',
  chatPath: (model) => placeOf('replicate', model).path,
  auth: 'bearer',
  keyVariables: ['REPLICATE_API_TOKEN'],
  baseUrlVariables: ['REPLICATE_BASE_URL'],
  keyOptional: false,
  quirks: {
    request: {
      drop: openaiHintsAnd('function_call', 'parallel_tool_calls', 'service_tier', 'top_logprobs'),
      refuse: ['audio', 'functions', 'logprobs', 'modalities', 'moderation', 'n', 'tools', 'web_search_options'],
      jsonSchema: 'prompt',
    },
  },
  // Models called by a version or deployment are billed by run time.
  sizes: [{ models: /^deployments\/|:[0-9a-f]{64}$/, unboundedFee: 'seconds of hardware' }],
};
