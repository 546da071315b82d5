import type { ProviderSettings, SettingForm } from '../../domain/call/target.js';
import { pathSegment } from '../path-segment.js';
import type { Provider } from '../provider.js';
import { either, OPENAI_ELSEWHERE } from './openai-elsewhere.js';
import { NEWEST_OUTPUT_TOKENS, openaiSizes } from './openai-sizes.js';

const API_VERSION: SettingForm = {
  pattern: /^[a-z\d]+(-[a-z\d]+){0,8}$/i,
  words: 'an API version such as v1 or 2024-10-21',
};

/** The source of the longest answers, with its date. */
const SOURCE = 'developers.openai.com/api/docs/models, 2026-11-28';

/** OpenAI's models and others, in your own Azure resource. A model's name is the name of its deployment. */
export const azure: Provider = {
  id: 'azure',
  aliases: ['azure-openai'],
  protocol: 'openai-chat',
  reach: 'network',
  // Every resource has its own address.
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
      // A deployment's name does not tell its model, and every chat model takes the newer name.
      maxCompletionTokensModels: /^/,
    },
  },
  sizes: [],
  // A deployment may be named after its model. That is a good guess and bounds nothing.
  likelyOutput: [
    ...openaiSizes.flatMap(({ models, maxOutputTokens: tokens }) =>
      tokens === undefined ? [] : [{ models, tokens, source: SOURCE }],
    ),
    { models: /^/, tokens: NEWEST_OUTPUT_TOKENS, source: SOURCE },
  ],
};

/** The path of an endpoint: under the deployment for a dated API version, else under `/openai/v1`. */
export function azurePath(
  endpoint: string,
  deployment: string,
  { api_version: version = 'v1' }: ProviderSettings,
): string {
  const query = version === 'v1' ? '' : `?api-version=${encodeURIComponent(version)}`;
  const isDated = /^\d{4}-\d\d-\d\d/.test(version);
  return `${isDated ? `/openai/deployments/${pathSegment(deployment)}` : '/openai/v1'}${endpoint}${query}`;
}
