import type { Provider } from '../provider.js';

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
};
