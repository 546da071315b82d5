import type { Config } from '../../config/config.js';
import { RingsideError } from '../../domain/errors.js';
import type { ModelRef } from '../../domain/call/model-ref.js';
import type { ModelPrice } from '../../domain/pricing/pricing.js';
import type {
  ModelSizes,
  OfferedProvider,
  OwnAccess,
  OwnKeyTerms,
  ProviderSettings,
  Target,
  Targets,
} from '../../domain/call/target.js';
import { findProvider, PROVIDERS } from '../providers/index.js';
import { sizesOf, type Provider } from '../provider.js';
import { isServed } from './served-models.js';

/** A configured provider, with what all of its models share. */
interface Place {
  readonly provider: Provider;
  readonly target: Omit<Target, 'model' | 'sizes'>;
}

/** Finds the address of a call, from the known providers and the environment that configures them. */
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

  locateWith(
    { provider: name, model }: ModelRef & { readonly kind: 'direct' },
    { apiKey, baseUrl, settings }: OwnAccess,
  ): Target {
    const provider = this.offeredNamed(name);
    const ofOperator = baseUrl === undefined ? this.config.providerSetting(provider.baseUrlVariables) : undefined;
    const place = baseUrl ?? ofOperator ?? homeOf(provider, settings);
    if (place === undefined) throw withoutPlace(provider);
    const target = { ...namedBy(provider), baseUrl: place, apiKey, settings, paidBy: 'developer' } as const;
    return { ...target, publicOnly: ofOperator === undefined, model, sizes: sizesOf(provider, model) };
  }

  offered(): readonly OfferedProvider[] {
    return PROVIDERS.filter((one) => this.offers(one)).map((provider) => ({
      id: provider.id,
      isConfigured: typeof this.placeOf(provider) !== 'string',
      models: provider.models ?? [],
      callsDeployments: provider.callsDeployments ?? false,
      ownKey: provider.reach === 'in-process' ? undefined : ownKeyTermsOf(provider),
    }));
  }

  sizesOf(name: string, model: string): ModelSizes {
    const provider = findProvider(name);
    return provider ? sizesOf(provider, model) : NO_SIZES;
  }

  serves(name: string, model: string, price: ModelPrice | undefined): boolean {
    const provider = findProvider(name);
    return provider !== undefined && isServed(provider, model, price);
  }

  providerNamed(name: string): string | undefined {
    return findProvider(name)?.id;
  }

  /**
   * @throws RingsideError `unknown_provider`
   */
  private offeredNamed(name: string): Provider {
    const provider = findProvider(name);
    if (provider && this.offers(provider)) return provider;
    const known = PROVIDERS.filter((one) => this.offers(one)).map(({ id }) => id);
    throw new RingsideError(
      'unknown_provider',
      `there is no provider "${name.slice(0, LONGEST_SHOWN)}"; there are ${known.join(', ')}`,
      {
        param: 'model',
      },
    );
  }

  private place(name: string): Place {
    const provider = this.offeredNamed(name);
    const place = this.placeOf(provider);
    if (typeof place !== 'string') return place;
    throw notConfigured(
      provider,
      `has no ${place}`,
      place === 'key' ? provider.keyVariables : provider.baseUrlVariables,
    );
  }

  /** The platform's base URL of a provider, or what is missing for it. */
  private placeOf(provider: Provider): Place | 'key' | 'address' {
    const apiKey = this.config.providerSetting(provider.keyVariables);
    if (apiKey === undefined && !provider.keyOptional) return 'key';
    const settings: Record<string, string | undefined> = {};
    for (const [name, { variables }] of Object.entries(provider.settings ?? {}))
      settings[name] = this.config.providerSetting(variables);
    const baseUrl = this.config.providerSetting(provider.baseUrlVariables) ?? homeOf(provider, settings);
    if (baseUrl === undefined) return 'address';
    const paidBy = apiKey === undefined ? 'nobody' : 'platform';
    return { provider, target: { ...namedBy(provider), baseUrl, apiKey, settings, paidBy } };
  }

  private offers(provider: Provider): boolean {
    return provider.reach !== 'in-process' || this.config.sandbox;
  }
}

/** The longest provider name in an error, because callers may write any text. */
const LONGEST_SHOWN = 100;

const NO_SIZES: ModelSizes = { maxOutputTokens: undefined, encoding: undefined, imageTokens: undefined };

function namedBy({ id, callsDeployments = false }: Provider): Pick<Target, 'provider' | 'isDeployment'> {
  return { provider: id, ...(callsDeployments && { isDeployment: true }) };
}

/** The default base URL of a provider. */
function homeOf({ defaultBaseUrl }: Provider, settings: ProviderSettings): string | undefined {
  return typeof defaultBaseUrl === 'string' ? defaultBaseUrl : defaultBaseUrl(settings);
}

function ownKeyTermsOf(provider: Provider): OwnKeyTerms {
  const settings = Object.entries(provider.settings ?? {}).map(
    ([name, { isSecret = false, form }]) => [name, { isSecret, form }] as const,
  );
  return { settings: Object.fromEntries(settings), homeOf: (own) => homeOf(provider, own) };
}

function notConfigured({ id, reach }: Provider, lacks: string, [variable]: readonly string[]): RingsideError {
  const own = reach === 'in-process' ? '' : `, or your own key by PUT /v1/provider_keys/${id}`;
  return new RingsideError('provider_not_configured', `provider "${id}" ${lacks}; set ${variable}${own}`, {
    param: 'model',
  });
}

function withoutPlace({ id }: Provider): RingsideError {
  const message = `provider "${id}" has no address; set base_url with PUT /v1/provider_keys/${id}`;
  return new RingsideError('provider_not_configured', message, { param: 'model' });
}
