import type { Config } from '../config/config.js';
import { RingsideError } from '../domain/errors.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { Targets, Target } from '../domain/target.js';
import { findProvider, PROVIDERS } from './providers/index.js';
import { sizesOf, type Provider } from './provider.js';

/** A configured provider, and what is the same for all of its models. */
interface Place {
  readonly provider: Provider;
  readonly target: Omit<Target, 'model' | 'sizes'>;
}

/** Finds where a call goes, from the providers this gateway knows and the environment that configures them. */
export class ConfiguredTargets implements Targets {
  private readonly places = new Map<string, Place>();

  constructor(private readonly config: Config) {}

  locate({ provider: name, model }: ModelRef & { readonly kind: 'direct' }): Target {
    let place = this.places.get(name);
    if (!place) {
      place = this.place(name);
      this.places.set(name, place);
    }
    return { ...place.target, model, sizes: sizesOf(place.provider, model) };
  }

  providerNamed(name: string): string | undefined {
    return findProvider(name)?.id;
  }

  private place(name: string): Place {
    const provider = findProvider(name);
    if (!provider || !this.offers(provider)) {
      const known = PROVIDERS.filter((one) => this.offers(one)).map(({ id }) => id);
      throw new RingsideError('unknown_provider', `there is no provider "${name}"; there are ${known.join(', ')}`, { param: 'model' });
    }
    const apiKey = this.config.providerSetting(provider.keyVariables);
    if (apiKey === undefined && !provider.keyOptional) {
      throw new RingsideError('provider_not_configured', `provider "${provider.id}" has no key; set ${provider.keyVariables[0]}`, {
        param: 'model',
      });
    }
    const baseUrl = this.config.providerSetting(provider.baseUrlVariables) ?? provider.defaultBaseUrl;
    return { provider, target: { provider: provider.id, baseUrl, apiKey } };
  }

  private offers(provider: Provider): boolean {
    return provider.reach === 'network' || this.config.sandbox;
  }
}
