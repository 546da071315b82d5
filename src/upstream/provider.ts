import type { ModelSizes, ProviderSettings, SettingForm } from '../domain/call/target.js';
import type { FieldRules } from './bounds/field-rules.js';
import type { EmbeddingsOffer } from './embeddings-offer.js';
import type { ModerationsOffer } from './moderations-offer.js';
import type { LikelyOutput, Quirks } from './quirks.js';

/** Where a model is served and how its wire differs. Plain data, one file for each provider in `providers/`. */
export interface Provider {
  /** The name in `fc:<id>/<model>`. */
  readonly id: string;
  /** Other names of the provider. */
  readonly aliases?: readonly string[];
  /** The wire family, which renders requests and parses answers. */
  readonly protocol: ProtocolName;
  /**
   * `network`: one HTTP request for each call. `predictions`: several requests for one answer. `in-process`: the
   * sandbox answers without a network.
   */
  readonly reach: 'network' | 'predictions' | 'in-process';
  /** Undefined if there is no default. Then one of `baseUrlVariables` must be set. */
  readonly defaultBaseUrl: string | ((settings: ProviderSettings) => string | undefined);
  readonly chatPath: string | ((model: string, isStream: boolean, settings: ProviderSettings) => string);
  /**
   * How requests are authenticated: `Authorization: Bearer`, a header of that name, or AWS (a signature or a bearer
   * token).
   */
  readonly auth: 'bearer' | 'aws' | { readonly header: string };
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Environment variables. The first one that is set counts. */
  readonly keyVariables: readonly string[];
  readonly baseUrlVariables: readonly string[];
  /** Other settings, by their names in `ProviderSettings` (snake_case, as in the body of `PUT /v1/provider_keys`). */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** A model's name is the name of a deployment. */
  readonly callsDeployments?: boolean;
  /** True if calls without a key are allowed. */
  readonly keyOptional: boolean;
  /** Models for `GET /v1/models` that are not in the price list. */
  readonly models?: readonly string[];
  /**
   * Names that `GET /v1/models` leaves out: models of endpoints that Ringside does not have, and names that only other
   * providers use.
   */
  readonly unlisted?: RegExp;
  /** How the provider makes embeddings, if it does. */
  readonly embeddings?: EmbeddingsOffer;
  /** How the provider moderates texts, if it does. */
  readonly moderations?: ModerationsOffer;
  readonly quirks: Quirks;
  /**
   * How the provider's own fields affect the bound of a call's cost, if its family does not tell or tells otherwise.
   */
  readonly requestFields?: FieldRules;
  /**
   * Cached parts of a prompt can cost up to twice the listed price of input. The price list does not have this price.
   */
  readonly hasCostlyCacheWrites?: boolean;
  /** The largest prompts and answers of the models. The first matching row counts. */
  readonly sizes: readonly SizedModels[];
  /**
   * The output limit of a call without one, if money limits it and `sizes` does not tell. The last row is for the
   * newest models.
   */
  readonly likelyOutput?: readonly LikelyOutput[];
}

/** The wire families. */
export type ProtocolName =
  'openai-chat' | 'anthropic-messages' | 'gemini' | 'cohere-v2' | 'bedrock-converse' | 'replicate';

/** A setting of a provider, other than the key and the base URL. */
export interface Setting {
  readonly variables: readonly string[];
  /** A secret, which is never shown. */
  readonly isSecret?: boolean;
  /** The header that has its value. */
  readonly header?: string;
  /** The form of a value that becomes part of a host name, a path or a query. */
  readonly form?: SettingForm;
}

/** The sizes of models, by their names. Sizes that are left out are not known. */
export interface SizedModels extends Partial<ModelSizes> {
  readonly models: RegExp;
}

/**
 * The most tokens that a provider adds to a prompt itself: the system prompt of the model's template (tens of tokens),
 * and instructions for tools (700 at the most).
 */
const TEMPLATE_TOKENS = 1024;

/** The known sizes of one model. */
export function sizesOf({ sizes, likelyOutput, reach, quirks }: Provider, model: string): ModelSizes {
  const row = sizes.find(({ models }) => models.test(model));
  return {
    maxOutputTokens: row?.maxOutputTokens,
    likelyOutputTokens: likelyOutput?.find(({ models }) => models.test(model))?.tokens,
    contextTokens: row?.contextTokens,
    encoding: row?.encoding,
    imageTokens: row?.imageTokens,
    unboundedFee: row?.unboundedFee,
    // OpenAI documents what it adds to a prompt. The sandbox adds nothing.
    templateTokens: quirks.response?.passthrough || reach === 'in-process' ? 0 : TEMPLATE_TOKENS,
  };
}
