import type { Provider } from '../provider.js';
import { MAX_OUTPUT_TOKENS } from '../sandbox/bounds.js';
import { SANDBOX_PATHS } from '../sandbox/model-name.js';

/** Answers in this process, without a network or a key; see `sandbox/`. */
export const sandbox: Provider = {
  id: 'sandbox',
  protocol: 'openai-chat',
  reach: 'in-process',
  defaultBaseUrl: 'http://sandbox.invalid/v1',
  chatPath: SANDBOX_PATHS.echo,
  auth: 'bearer',
  keyVariables: [],
  baseUrlVariables: [],
  keyOptional: true,
  // The names of the other models contain a number.
  models: ['echo', 'embed', 'moderate'],
  unlisted: /^/,
  embeddings: { wire: 'openai', path: SANDBOX_PATHS.embed, dimensionsField: 'dimensions', tokenInput: true },
  moderations: { wire: 'openai', path: SANDBOX_PATHS.moderate },
  // It refuses what OpenAI refuses.
  quirks: {
    request: { asSent: true },
  },
  // It only counts text, so an image costs nothing.
  sizes: [{ models: /^/, maxOutputTokens: MAX_OUTPUT_TOKENS, imageTokens: () => 0 }],
};
