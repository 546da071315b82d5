import type { Provider } from '../provider.js';
import { MAX_OUTPUT_TOKENS } from '../sandbox/echo.js';

/** Answers in this process, without network or key; see `sandbox/`. */
export const sandbox: Provider = {
  id: 'sandbox',
  protocol: 'openai-chat',
  reach: 'in-process',
  defaultBaseUrl: 'http://sandbox.invalid/v1',
  chatPath: '/chat/completions',
  keyVariables: [],
  baseUrlVariables: [],
  keyOptional: true,
  quirks: {},
  // It counts text alone, so an image costs nothing.
  sizes: [{ models: /^/, maxOutputTokens: MAX_OUTPUT_TOKENS, imageTokens: () => 0 }],
};
