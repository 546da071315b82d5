import type { ModelRef } from './model-ref.js';
import type { ModelPrice } from '../pricing/pricing.js';
import type { Encoding } from './token-count.js';

/** Where a call goes: a provider that is configured, and the model's name there. */
export interface Target {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  /** Undefined where the provider needs none. Never logged. */
  readonly apiKey: string | undefined;
  readonly settings: ProviderSettings;
  /** Whose key it is: the platform's, or the developer's own. What needs no key costs the platform nothing. */
  readonly paidBy: 'platform' | 'developer' | 'nobody';
  /**
   * True where a developer may have named the place, who is not trusted with the platform's own network: only public
   * addresses are connected to.
   */
  readonly publicOnly?: boolean;
  /** Its owner has named the model, so that only an answer says for sure which one it is. */
  readonly isDeployment?: boolean;
  /** What is known about the size of the model's answers and prompts. */
  readonly sizes: ModelSizes;
}

/**
 * What a provider is set up with beside key and base URL, by the names its file gives them, e.g. `region`. Some are
 * secret.
 */
export type ProviderSettings = Readonly<Record<string, string | undefined>>;

/** A developer's own access to a provider, in place of everything the platform is set up with there. */
export interface OwnAccess {
  readonly apiKey: string;
  /** Undefined for the place where the platform finds the provider. */
  readonly baseUrl?: string | undefined;
  readonly settings: ProviderSettings;
}

/** A provider that this gateway knows, whether it is configured or not. */
export interface OfferedProvider {
  readonly id: string;
  /** Whether it can be called without a key of the developer's own. */
  readonly isConfigured: boolean;
  /** Its models that stand in no price list, as far as they can be named. */
  readonly models: readonly string[];
  /** Models go by names that their owners gave to deployments of them, so that a name tells nothing of it. */
  readonly callsDeployments: boolean;
  /** What a developer's own key for it comes with; undefined where there are no keys. */
  readonly ownKey: OwnKeyTerms | undefined;
}

/** What a developer can set beside a key of its own. */
export interface OwnKeyTerms {
  /** The settings there are, by their names. */
  readonly settings: Readonly<Record<string, OwnSetting>>;
  /** Where the provider itself says it is, given these settings; undefined where only a base URL says that. */
  readonly homeOf: (settings: ProviderSettings) => string | undefined;
}

/** What a developer can set, and what it must look like where it becomes part of an address. */
export interface OwnSetting {
  readonly isSecret: boolean;
  readonly form?: SettingForm | undefined;
}

/** The form of a setting's value, and the words that say it: `must be …`. */
export interface SettingForm {
  readonly pattern: RegExp;
  readonly words: string;
}

/** How closely a model looks at an image. */
export type ImageDetail = 'low' | 'high' | 'auto';

/** What bounds a call to a model; undefined where it is not known. */
export interface ModelSizes {
  /** The most output tokens one answer can have (reasoning included), as the provider documents it. */
  readonly maxOutputTokens: number | undefined;
  /**
   * The longest answer of models of such a name, where nothing is certain; no bound, but the limit that a call without
   * one is sent.
   */
  readonly likelyOutputTokens?: number | undefined;
  /** The most tokens that prompt and answer can have together. */
  readonly contextTokens?: number | undefined;
  /** The same by the price list, where nothing else is known of the length of answers. */
  readonly listedContextTokens?: number | undefined;
  /** The encoding that counts the model's prompts exactly; UTF-8 bytes are the bound where there is none. */
  readonly encoding: Encoding | undefined;
  /**
   * The most input tokens one image can cost at a detail level, by the provider's formula; undefined where no formula
   * is known.
   */
  readonly imageTokens: ((detail: ImageDetail) => number) | undefined;
  /** What every call is billed for beside its tokens, which nobody can bound, e.g. `web searches`. */
  readonly unboundedFee?: string | undefined;
  /** The most input tokens that are written into a prompt beside what the caller sent; 0 when left out. */
  readonly templateTokens?: number;
}

/** Knows the providers and how they are configured; a port, since policy asks and the upstream room knows. */
export abstract class Targets {
  /** @throws RingsideError `unknown_provider`, or `provider_not_configured` naming the variable that sets it */
  abstract locate(ref: ModelRef & { readonly kind: 'direct' }): Target;
  /**
   * The same with a developer's own access, whether the platform is configured for the provider or not.
   * @throws RingsideError `unknown_provider`, or `provider_not_configured` when nothing says where the provider is
   */
  abstract locateWith(ref: ModelRef & { readonly kind: 'direct' }, access: OwnAccess): Target;
  /** Every provider that can be called here once it is configured, in the order of the documentation. */
  abstract offered(): readonly OfferedProvider[];
  /** What is known about the size of a provider's model; nothing for one that nobody knows. */
  abstract sizesOf(provider: string, model: string): ModelSizes;
  /**
   * Whether a provider answers to a model's name on an endpoint that this gateway has, as far as the name and its price
   * tell.
   */
  abstract serves(provider: string, model: string, price: ModelPrice | undefined): boolean;
  /** The id of the provider that goes by a name, configured or not; undefined when there is none. */
  abstract providerNamed(name: string): string | undefined;
}
