import type { Provider } from '../provider.js';
import { ollama } from './ollama.js';
import { openai } from './openai.js';
import { sandbox } from './sandbox.js';

/** Every provider, by its id. */
export const PROVIDERS: readonly Provider[] = [openai, ollama, sandbox];

const byName = new Map(
  PROVIDERS.flatMap((provider) => [provider.id, ...(provider.aliases ?? [])].map((name) => [name, provider] as const)),
);

/** The provider of a reference `fc:<name>/…`, by its id or one of its aliases. */
export function findProvider(name: string): Provider | undefined {
  return byName.get(name);
}
