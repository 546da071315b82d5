import type { Provider } from '../provider.js';
import { anthropic } from './anthropic.js';
import { azure } from './azure.js';
import { bedrock } from './bedrock.js';
import { cerebras } from './cerebras.js';
import { cohere } from './cohere.js';
import { deepseek } from './deepseek.js';
import { fireworks } from './fireworks.js';
import { google } from './google.js';
import { groq } from './groq.js';
import { huggingface } from './huggingface.js';
import { mistral } from './mistral.js';
import { ollama } from './ollama.js';
import { openai } from './openai.js';
import { openrouter } from './openrouter.js';
import { perplexity } from './perplexity.js';
import { replicate } from './replicate.js';
import { sambanova } from './sambanova.js';
import { sandbox } from './sandbox.js';
import { together } from './together.js';
import { xai } from './xai.js';

/** Every provider, by its id. */
export const PROVIDERS: readonly Provider[] = [
  openai,
  anthropic,
  google,
  mistral,
  groq,
  together,
  fireworks,
  perplexity,
  deepseek,
  xai,
  cerebras,
  sambanova,
  cohere,
  openrouter,
  ollama,
  azure,
  bedrock,
  huggingface,
  replicate,
  sandbox,
];

const byName = new Map(
  PROVIDERS.flatMap((provider) => [provider.id, ...(provider.aliases ?? [])].map((name) => [name, provider] as const)),
);

/** The provider of a reference `fc:<name>/…`, by its id or an alias. */
export function findProvider(name: string): Provider | undefined {
  return byName.get(name);
}
