import type { Clock } from '../clock.js';
import { directRef, MODEL_REF, SLOT_ALIAS, type KnownNames } from './model-ref.js';
import type { ModelPrice, PriceBook } from '../pricing/pricing.js';
import type { Targets } from './target.js';

/** More than any name has; the rest of what a caller wrote is not looked at. */
const LONGEST_LOOKED_AT = 300;

/** What other gateways and SDKs call our providers, where that is neither their id nor one of their aliases. */
const OTHERS_WORDS: ReadonlyMap<string, string> = new Map([
  ['azure-ai', 'azure'],
  ['cohere-chat', 'cohere'],
  ['deepseek-ai', 'deepseek'],
  ['fireworks-ai', 'fireworks'],
  ['google-gla', 'google'],
  ['google-vertex', 'google'],
  ['google-genai', 'google'],
  ['mistralai', 'mistral'],
  ['ollama-chat', 'ollama'],
  ['openai-chat', 'openai'],
  ['openai-compatible', 'openai'],
  ['text-completion-openai', 'openai'],
  ['together-ai', 'together'],
  ['togethercomputer', 'together'],
  ['vertex-ai', 'google'],
  ['x-ai', 'xai'],
]);

/** Whose models are called so, for names that no price list has: new ones, and those that people run themselves. */
const FAMILIES: readonly (readonly [beginning: RegExp, provider: string])[] = [
  [/^(gpt-|chatgpt-|o\d\b|text-embedding-|ft:)/i, 'openai'],
  [/^claude/i, 'anthropic'],
  [/^gemini/i, 'google'],
  [/^(open-)?(mistral|mixtral|ministral|magistral|codestral|devstral|pixtral|voxtral)/i, 'mistral'],
  [/^deepseek-/i, 'deepseek'],
  [/^grok/i, 'xai'],
  [/^(command|embed-|c4ai)/i, 'cohere'],
  [/^sonar/i, 'perplexity'],
  [/^((us|eu|apac|global)\.)?(amazon|anthropic|meta|mistral|cohere|ai21)\./i, 'bedrock'],
  [/^(llama|qwen|phi|gemma)/i, 'ollama'],
];

/**
 * Finds the reference that somebody meant who wrote something else, from what the price list and the providers say of
 * names.
 */
export class ModelNames implements KnownNames {
  constructor(
    private readonly targets: Targets,
    private readonly prices: PriceBook,
    private readonly clock: Clock,
  ) {}

  /** The reference to write in place of what was written; undefined where nothing tells it. */
  meantBy(written: string): string | undefined {
    const [name, hint] = withoutPrefixes(written.slice(0, LONGEST_LOOKED_AT));
    if (name.startsWith('slot:')) return SLOT_ALIAS.test(name.slice('slot:'.length)) ? name : undefined;
    const found = this.found(name, hint);
    return found !== undefined && MODEL_REF.test(found) ? found : undefined;
  }

  private found(name: string, hint: string | undefined): string | undefined {
    const [, first, rest] = /^([\w.-]+)[/:](.+)$/s.exec(name) ?? [];
    const named = first === undefined ? undefined : this.providerCalled(first);
    if (named !== undefined && rest !== undefined) {
      // Others serve models under their maker's name, as Groq does `openai/gpt-oss-20b`.
      return this.at(named, rest) ?? this.listed(name) ?? directRef(named, rest);
    }
    const provider = hint === undefined ? undefined : this.providerCalled(hint);
    const byName = (provider && this.at(provider, name)) ?? this.listed(name) ?? this.known(name) ?? familyOf(name);
    if (byName !== undefined) return byName;
    // `models/…` of Google, `custom_openai/…` of a client: what stands before the slash is nobody's.
    if (first !== undefined && rest !== undefined && name.startsWith(`${first}/`)) return this.found(rest, hint);
    return provider && name !== '' ? directRef(provider, name) : undefined;
  }

  private providerCalled(word: string): string | undefined {
    const name = word.toLowerCase().replaceAll('_', '-');
    const id = this.targets.providerNamed(OTHERS_WORDS.get(name) ?? name);
    return this.targets.offered().find((provider) => provider.id === id)?.id;
  }

  /** A name at one provider: as it is listed there, or one that a price there matches. */
  private at(provider: string, name: string): string | undefined {
    const listed = this.listed(name, provider);
    if (listed !== undefined) return listed;
    const isAnyName = this.targets.offered().some(({ id, callsDeployments }) => id === provider && callsDeployments);
    return isAnyName || this.isPriced(provider, name, true) ? directRef(provider, name) : undefined;
  }

  /** A name as it stands in the list of the first provider that has it, or of the one asked for. */
  private listed(name: string, only?: string): string | undefined {
    const written = name.toLowerCase();
    for (const { id, models } of this.targets.offered()) {
      if (only !== undefined && id !== only) continue;
      const priced = this.prices.modelsOf(id).map(({ model }) => model);
      const listed = [...models, ...priced].find((one) => one.toLowerCase() === written);
      if (listed !== undefined && this.targets.serves(id, listed, this.priceOf(id, listed)))
        return directRef(id, listed);
    }
    return undefined;
  }

  /** Whose price list knows a name by a part of it, dated snapshots for one; also one that nothing here can call. */
  private known(name: string): string | undefined {
    // A deployment may have any name, so that one that is listed for its model's price tells nobody's.
    const ids = this.targets.offered().flatMap(({ id, callsDeployments }) => (callsDeployments ? [] : [id]));
    const provider =
      ids.find((id) => this.isPriced(id, name, true)) ??
      ids.find((id) => id !== 'sandbox' && this.isPriced(id, name, false));
    return provider && directRef(provider, name);
  }

  private isPriced(provider: string, model: string, isServed: boolean): boolean {
    const price = this.priceOf(provider, model);
    return price !== undefined && (!isServed || this.targets.serves(provider, model, price));
  }

  private priceOf(provider: string, model: string): ModelPrice | undefined {
    return this.prices.priceOf(provider, model, this.clock.nowMs());
  }
}

/** What is left behind the last `fc:` or `slot:`, and the provider that stood before a second one. */
function withoutPrefixes(written: string): readonly [name: string, hint: string | undefined] {
  const text = written.trim().replace(/^["'`]+|["'`]+$/g, '');
  const last = text.replace(/^.*[/:\s](?=(?:fc|slot):)/is, '');
  const [, hint] = /([\w-]+)[/:]\s*$/.exec(text.slice(0, text.length - last.length)) ?? [];
  // Google's own resource names begin with `models/`.
  const name = last
    .replace(/^(?:fc[:/]+)+/i, '')
    .replace(/^models\//, '')
    .replace(/^slot:/i, 'slot:');
  return [name.trim(), hint];
}

function familyOf(name: string): string | undefined {
  const [, provider] = FAMILIES.find(([beginning]) => beginning.test(name)) ?? [];
  return provider && directRef(provider, name);
}
