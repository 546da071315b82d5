import type { ModelRef } from './model-ref.js';
import type { Encoding } from './token-count.js';

/** Where a call goes: a provider that is configured, and the model's name there. */
export interface Target {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  /** Undefined where the provider needs none. Never logged. */
  readonly apiKey: string | undefined;
  /** What is known about the size of the model's answers and prompts. */
  readonly sizes: ModelSizes;
}

/** Whether the platform pays the provider for what is used there; what needs no key costs it nothing. */
export function isPaidByPlatform({ apiKey }: Target): boolean {
  return apiKey !== undefined;
}

/** How closely a model looks at an image. */
export type ImageDetail = 'low' | 'high' | 'auto';

/** What bounds a call to a model; undefined where it is not known. */
export interface ModelSizes {
  /** The most output tokens one answer can have (reasoning included), as the provider documents it. */
  readonly maxOutputTokens: number | undefined;
  /** The most tokens that prompt and answer can have together. */
  readonly contextTokens?: number | undefined;
  /** The encoding that counts the model's prompts exactly; UTF-8 bytes are the bound where there is none. */
  readonly encoding: Encoding | undefined;
  /** The most input tokens one image can cost at a detail level, by the provider's formula; undefined where no formula is known. */
  readonly imageTokens: ((detail: ImageDetail) => number) | undefined;
  /** What every call is billed for beside its tokens, which nobody can bound, e.g. `web searches`. */
  readonly unboundedFee?: string | undefined;
}

/** Knows the providers and how they are configured; a port, since policy asks and the upstream room knows. */
export abstract class Targets {
  /** @throws RingsideError `unknown_provider`, or `provider_not_configured` naming the variable that sets it */
  abstract locate(ref: ModelRef & { readonly kind: 'direct' }): Target;
  /** The id of the provider that goes by a name, configured or not; undefined when there is none. */
  abstract providerNamed(name: string): string | undefined;
}
