import type { Config } from '../config/config.js';
import { RingsideError } from '../domain/errors.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { Targets, Target } from '../domain/target.js';
import { findProvider, PROVIDERS } from './providers/index.js';
import type { Provider } from './provider.js';

/** Finds where a call goes, from the providers this gateway knows and the environment that configures them. */
export class ConfiguredTargets implements Targets {
  private readonly places = new Map<string, Omit<Target, 'model'>>();

  constructor(private readonly config: Config) {}

  locate({ provider: name, model }: ModelRef & { readonly kind: 'direct' }): Target {
    let place = this.places.get(name);
    if (!place) {
      place = this.place(name);
      this.places.set(name, place);
    }
    return { ...place, model };
  }

  private place(name: string): Omit<Target, 'model'> {
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
    return { provider: provider.id, baseUrl: this.config.providerSetting(provider.baseUrlVariables) ?? provider.defaultBaseUrl, apiKey };
  }

  private offers(provider: Provider): boolean {
    return provider.reach === 'network' || this.config.sandbox;
  }
}
