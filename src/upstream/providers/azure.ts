import type { ProviderSettings, SettingForm } from '../../domain/call/target.js';
import { pathSegment } from '../path-segment.js';
import type { Provider } from '../provider.js';
import { either, OPENAI_ELSEWHERE } from './openai-elsewhere.js';
import { NEWEST_OUTPUT_TOKENS, openaiSizes } from './openai-sizes.js';

const API_VERSION: SettingForm = {
  pattern: /^[a-z\d]+(-[a-z\d]+){0,8}$/i,
  words: 'an API version such as v1 or 2024-10-21',
};

/** Where the longest answers are written, and when they were. */
const SOURCE = 'developers.openai.com/api/docs/models, 2026-11-28';

/** OpenAI's models, and others, in a resource of one's own at Azure; a model's name is that of its deployment. */
export const azure: Provider = {
  id: 'azure',
  aliases: ['azure-openai'],
  protocol: 'openai-chat',
  reach: 'network',
  // Every resource has its own.
  defaultBaseUrl: () => undefined,
  chatPath: (deployment, _isStream, settings) => azurePath('/chat/completions', deployment, settings),
  auth: { header: 'api-key' },
  keyVariables: ['AZURE_OPENAI_API_KEY'],
  baseUrlVariables: ['AZURE_OPENAI_ENDPOINT'],
  settings: { api_version: { variables: ['AZURE_OPENAI_API_VERSION'], form: API_VERSION } },
  callsDeployments: true,
  keyOptional: false,
  embeddings: {
    wire: 'openai',
    path: (deployment, settings) => azurePath('/embeddings', deployment, settings),
    dimensionsField: 'dimensions',
    tokenInput: true,
  },
  // OpenRouter's names for models of Microsoft.
  unlisted: either(OPENAI_ELSEWHERE, /:|^wizardlm-/),
  quirks: {
    request: {
      knowsRefusals: true,
      refuse: ['audio', 'modalities', 'moderation', 'web_search_options'],
      newFieldsSince: '2024-09-01',
      pinsTier: '2025-04-01',
      hashedUser: true,
    },
    limits: {
      // A deployment's name tells nothing of its model, and every chat model takes the newer name.
      maxCompletionTokensModels: /^/,
    },
  },
  sizes: [],
  // A deployment may have its model's name, which bounds nothing but is a good guess.
  likelyOutput: [
    ...openaiSizes.flatMap(({ models, maxOutputTokens: tokens }) =>
      tokens === undefined ? [] : [{ models, tokens, source: SOURCE }],
    ),
    { models: /^/, tokens: NEWEST_OUTPUT_TOKENS, source: SOURCE },
  ],
};

/** The path of an endpoint: under its deployment for a dated API version, else on the surface that has none. */
export function azurePath(
  endpoint: string,
  deployment: string,
  { api_version: version = 'v1' }: ProviderSettings,
): string {
  const query = version === 'v1' ? '' : `?api-version=${encodeURIComponent(version)}`;
  const isDated = /^\d{4}-\d\d-\d\d/.test(version);
  return `${isDated ? `/openai/deployments/${pathSegment(deployment)}` : '/openai/v1'}${endpoint}${query}`;
}
