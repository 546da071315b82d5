import type { ModelSizes } from '../domain/target.js';

/** Where a model lives and how its wire differs: plain data, one file a provider in `providers/`. */
export interface Provider {
  /** The name in `fc:<id>/<model>`. */
  readonly id: string;
  /** Other names it is known by. */
  readonly aliases?: readonly string[];
  /** The wire family that renders requests and parses answers. */
  readonly protocol: 'openai-chat';
  /** `network` goes out over HTTP; `in-process` is answered by the sandbox without any network. */
  readonly reach: 'network' | 'in-process';
  readonly defaultBaseUrl: string;
  readonly chatPath: string;
  /** Environment variables, most specific first; the first one set wins. */
  readonly keyVariables: readonly string[];
  readonly baseUrlVariables: readonly string[];
  /** True where a call without a key makes sense. */
  readonly keyOptional: boolean;
  readonly quirks: Quirks;
  /** How large the models' prompts and answers can be; of the rows that match a name the first counts. */
  readonly sizes: readonly SizedModels[];
}

/** Models of the same sizes, by their names; what is left out is not known. */
export interface SizedModels extends Partial<ModelSizes> {
  readonly models: RegExp;
}

/** What is known of one model's sizes. */
export function sizesOf({ sizes }: Provider, model: string): ModelSizes {
  const row = sizes.find(({ models }) => models.test(model));
  return {
    maxOutputTokens: row?.maxOutputTokens,
    contextTokens: row?.contextTokens,
    encoding: row?.encoding,
    imageTokens: row?.imageTokens,
    unboundedFee: row?.unboundedFee,
  };
}

/** The closed set of ways in which a provider's wire departs from its family. `docs/providers.md` lists them. */
export interface Quirks {
  /** The caller gets the provider's own bytes (only where the wire is OpenAI's to the byte). */
  readonly passthrough?: boolean;
  /** Body fields the provider does not know and that change no answer: dropped silently. */
  readonly drop?: readonly string[];
  /** Body fields whose loss would change the answer: 400 `unsupported_parameter`. */
  readonly refuse?: readonly string[];
  /** The output limit's name there, when it has only one: the other spelling is renamed. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Models that know only `max_completion_tokens`. */
  readonly maxCompletionTokensModels?: RegExp;
  /** `tool_choice` is ignored there: `none` is rendered by leaving the tools out. */
  readonly noToolChoice?: boolean;
  /** Spellings of `reasoning_effort` the provider does not know, and what they become. */
  readonly reasoningEffort?: Readonly<Record<string, string>>;
  /** Images must come as data: URLs; http(s) URLs are refused. */
  readonly dataUrlImagesOnly?: boolean;
  /** The provider's answer ids are not unique: replaced by ours. */
  readonly ownIds?: boolean;
  /** Takes a stable keyed hash of the customer as `user`; without it `user` is dropped. Never the raw value. */
  readonly hashedUser?: boolean;
  /** Accepts `stream_options.include_obfuscation`. */
  readonly obfuscation?: boolean;
}
