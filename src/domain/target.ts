import type { ModelRef } from './model-ref.js';

/** Where a call goes: a provider that is configured, and the model's name there. */
export interface Target {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  /** Undefined where the provider needs none. Never logged. */
  readonly apiKey: string | undefined;
}

/** Knows the providers and how they are configured; a port, since policy asks and the upstream room knows. */
export abstract class Targets {
  /** @throws RingsideError `unknown_provider`, or `provider_not_configured` naming the variable that sets it */
  abstract locate(ref: ModelRef & { readonly kind: 'direct' }): Target;
}
