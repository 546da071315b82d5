import type { Provider } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { DIALECTS } from '../upstream/dialects/index.js';
import type { HeardConversation, ServedAnswers, SpokenAnswer } from '../upstream/dialects/dialect.js';
import { DialectUpstream } from './dialect-upstream.js';
import { Ringside } from './ringside.js';

/** The key of every provider in tests that call them all. */
export const PROVIDER_KEY = 'provider-key-canary-0123456789';

/** Every provider with a wire of its own. */
export const NETWORK_PROVIDERS: readonly Provider[] = PROVIDERS.filter(({ reach }) => reach !== 'in-process');

/**
 * What every model here says: it calls the first tool, then tells what that gave; it knows one city as JSON, and else
 * it says hello.
 */
export const SAID = { hello: 'Hello 👋 from afar', city: { city: 'Oslo' }, promptTokens: 40, completionTokens: 7 };

function mind({ items, tools }: HeardConversation): SpokenAnswer {
  const last = items.at(-1);
  const counts = {
    finish: 'stop' as const,
    promptTokens: SAID.promptTokens,
    cachedTokens: 0,
    completionTokens: SAID.completionTokens,
  };
  const text = (...pieces: string[]) => ({ ...counts, parts: [{ kind: 'text' as const, pieces }] });
  if (last?.kind === 'result')
    return text('It gave: ', typeof last.said === 'string' ? last.said : JSON.stringify(last.said));
  const [tool] = tools;
  if (tool)
    return {
      ...counts,
      parts: [{ kind: 'call', id: 'call_abcdef123456', name: tool.name, pieces: ['{"city":', '"Oslo"}'] }],
    };
  const wantsJson = items.some((item) => item.kind === 'text' && item.text === '«json»');
  return wantsJson ? text('{"city":', '"Oslo"}') : text('Hello 👋', ' from', ' afar');
}

/** One provider for each wire family. */
export const FAMILIES: readonly (readonly [string, Provider])[] = [
  'groq',
  'anthropic',
  'google',
  'cohere',
  'bedrock',
  'replicate',
].map((id) => {
  const provider = NETWORK_PROVIDERS.find((one) => one.id === id)!;
  return [provider.protocol, provider];
});

/** A gateway that has every provider, with one server in the place of them all. */
export class EveryProvider {
  private constructor(
    readonly ringside: Ringside,
    readonly upstream: DialectUpstream,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<EveryProvider> {
    const upstream = await DialectUpstream.start(mind);
    return new EveryProvider(await Ringside.start({ env: { ...settingsOf(upstream.origin), ...env } }), upstream);
  }

  /** Has the server speak as this provider, and gives a reference to a model there. */
  at({ id, protocol }: Provider): string {
    const dialect = DIALECTS[protocol];
    this.upstream.speak(dialect);
    return `fc:${id}/${dialect.model}`;
  }

  /** A streamed text in these pieces, as this provider gives it. */
  spoken({ protocol }: Provider, pieces: readonly string[]): ServedAnswers {
    const counts = { promptTokens: SAID.promptTokens, cachedTokens: 0, completionTokens: SAID.completionTokens };
    return DIALECTS[protocol].streamed({ ...counts, finish: 'stop', parts: [{ kind: 'text', pieces }] });
  }

  async stop(): Promise<void> {
    await this.ringside.stop();
    await this.upstream.close();
  }
}

/** The variables that set up every provider at this place. */
export function settingsOf(origin: string): Record<string, string> {
  const settings: Record<string, string> = { AWS_REGION: 'eu-north-1' };
  for (const { keyVariables, baseUrlVariables, defaultBaseUrl } of NETWORK_PROVIDERS) {
    const place = typeof defaultBaseUrl === 'string' ? new URL(defaultBaseUrl).pathname.replace(/\/$/, '') : '';
    if (baseUrlVariables[0] !== undefined) settings[baseUrlVariables[0]] = `${origin}${place}`;
    if (keyVariables[0] !== undefined) settings[keyVariables[0]] = PROVIDER_KEY;
  }
  return settings;
}
