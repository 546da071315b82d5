import type { ModelSizes, ProviderSettings, SettingForm } from '../domain/call/target.js';
import type { FieldRules } from './bounds/field-rules.js';
import type { EmbeddingsOffer } from './embeddings-offer.js';
import type { ModerationsOffer } from './moderations-offer.js';
import type { LikelyOutput, Quirks } from './quirks.js';

/** Where a model lives and how its wire differs: plain data, one file a provider in `providers/`. */
export interface Provider {
  /** The name in `fc:<id>/<model>`. */
  readonly id: string;
  /** Other names it is known by. */
  readonly aliases?: readonly string[];
  /** The wire family that renders requests and parses answers. */
  readonly protocol: ProtocolName;
  /**
   * `network` goes out over HTTP, one request a call; `predictions` takes several for one answer; `in-process` is
   * answered by the sandbox without any network.
   */
  readonly reach: 'network' | 'predictions' | 'in-process';
  /** Undefined where there is none without a setting: then one of `baseUrlVariables` must be set. */
  readonly defaultBaseUrl: string | ((settings: ProviderSettings) => string | undefined);
  readonly chatPath: string | ((model: string, isStream: boolean, settings: ProviderSettings) => string);
  /**
   * How a request proves whose it is: `Authorization: Bearer`, a header of that name, or AWS (a signature, or its
   * bearer token).
   */
  readonly auth: 'bearer' | 'aws' | { readonly header: string };
  /** Headers that every request bears. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Environment variables, most specific first; the first one set wins. */
  readonly keyVariables: readonly string[];
  readonly baseUrlVariables: readonly string[];
  /**
   * What else can be set, by its name in `ProviderSettings` (snake_case, as in the body of `PUT /v1/provider_keys`).
   */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** Models go by names that their owners gave to deployments of them. */
  readonly callsDeployments?: boolean;
  /** True where a call without a key makes sense. */
  readonly keyOptional: boolean;
  /** Models for `GET /v1/models` that stand in no price list. */
  readonly models?: readonly string[];
  /**
   * Names that `GET /v1/models` leaves out: its models on endpoints that are not here, and names that others have for
   * its models.
   */
  readonly unlisted?: RegExp;
  /** How it makes embeddings, if it does. */
  readonly embeddings?: EmbeddingsOffer;
  /** How it judges texts, if it does. */
  readonly moderations?: ModerationsOffer;
  readonly quirks: Quirks;
  /** What fields of its own do to the bound of a call's cost, where its family does not say so or says otherwise. */
  readonly requestFields?: FieldRules;
  /**
   * A part of a prompt that the caller marks to be cached can cost up to twice the listed price of input, which no list
   * says.
   */
  readonly hasCostlyCacheWrites?: boolean;
  /** How large the models' prompts and answers can be; of the rows that match a name the first counts. */
  readonly sizes: readonly SizedModels[];
  /**
   * What a call without an output limit is sent where money limits it and `sizes` does not tell; the last row is that
   * of the newest models.
   */
  readonly likelyOutput?: readonly LikelyOutput[];
}

/** The wire families. */
export type ProtocolName =
  'openai-chat' | 'anthropic-messages' | 'gemini' | 'cohere-v2' | 'bedrock-converse' | 'replicate';

/** A setting of a provider beside key and base URL. */
export interface Setting {
  readonly variables: readonly string[];
  /** Must not show anywhere, as a key. */
  readonly isSecret?: boolean;
  /** The header that it goes out in. */
  readonly header?: string;
  /** What it must look like where it becomes part of a host's name, a path or a query. */
  readonly form?: SettingForm;
}

/** Models of the same sizes, by their names; what is left out is not known. */
export interface SizedModels extends Partial<ModelSizes> {
  readonly models: RegExp;
}

/**
 * What a provider may write into a prompt of its own accord: a system prompt of the model's template (tens of tokens),
 * and one about the use of tools (700 with the most talkative models).
 */
const TEMPLATE_TOKENS = 1024;

/** What is known of one model's sizes. */
export function sizesOf({ sizes, likelyOutput, reach, quirks }: Provider, model: string): ModelSizes {
  const row = sizes.find(({ models }) => models.test(model));
  return {
    maxOutputTokens: row?.maxOutputTokens,
    likelyOutputTokens: likelyOutput?.find(({ models }) => models.test(model))?.tokens,
    contextTokens: row?.contextTokens,
    encoding: row?.encoding,
    imageTokens: row?.imageTokens,
    unboundedFee: row?.unboundedFee,
    // OpenAI documents what it writes around a prompt, and the sandbox writes nothing.
    templateTokens: quirks.response?.passthrough || reach === 'in-process' ? 0 : TEMPLATE_TOKENS,
  };
}
