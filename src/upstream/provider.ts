import type { ErrorCode } from '../domain/errors.js';
import type { ModelSizes, ProviderSettings, SettingForm } from '../domain/call/target.js';
import type { FieldRules } from './bounds/field-rules.js';
import type { FinishReason } from './canonical.js';
import type { EmbeddingsOffer } from './embeddings-offer.js';
import type { ModerationsOffer } from './moderations-offer.js';

/** Where a model lives and how its wire differs: plain data, one file a provider in `providers/`. */
export interface Provider {
  /** The name in `fc:<id>/<model>`. */
  readonly id: string;
  /** Other names it is known by. */
  readonly aliases?: readonly string[];
  /** The wire family that renders requests and parses answers. */
  readonly protocol: ProtocolName;
  /**
   * `network` goes out over HTTP, one request a call; `predictions` takes several for one answer; `in-process` is answered by the
   * sandbox without any network.
   */
  readonly reach: 'network' | 'predictions' | 'in-process';
  /** Undefined where there is none without a setting: then one of `baseUrlVariables` must be set. */
  readonly defaultBaseUrl: string | ((settings: ProviderSettings) => string | undefined);
  readonly chatPath: string | ((model: string, isStream: boolean, settings: ProviderSettings) => string);
  /** How a request proves whose it is: `Authorization: Bearer`, a header of that name, or AWS (a signature, or its bearer token). */
  readonly auth: 'bearer' | 'aws' | { readonly header: string };
  /** Headers that every request bears. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Environment variables, most specific first; the first one set wins. */
  readonly keyVariables: readonly string[];
  readonly baseUrlVariables: readonly string[];
  /** What else can be set, by its name in `ProviderSettings` (snake_case, as in the body of `PUT /v1/provider_keys`). */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** Models go by names that their owners gave to deployments of them. */
  readonly callsDeployments?: boolean;
  /** True where a call without a key makes sense. */
  readonly keyOptional: boolean;
  /** Models for `GET /v1/models` that stand in no price list. */
  readonly models?: readonly string[];
  /** Names that `GET /v1/models` leaves out: its models on endpoints that are not here, and names that others have for its models. */
  readonly unlisted?: RegExp;
  /** How it makes embeddings, if it does. */
  readonly embeddings?: EmbeddingsOffer;
  /** How it judges texts, if it does. */
  readonly moderations?: ModerationsOffer;
  readonly quirks: Quirks;
  /** What fields of its own do to the bound of a call's cost, where its family does not say so or says otherwise. */
  readonly requestFields?: FieldRules;
  /** A part of a prompt that the caller marks to be cached can cost up to twice the listed price of input, which no list says. */
  readonly dearCacheWrites?: boolean;
  /** How large the models' prompts and answers can be; of the rows that match a name the first counts. */
  readonly sizes: readonly SizedModels[];
  /**
   * What a call without an output limit is sent where money limits it and `sizes` does not tell; the last row is that of the newest
   * models.
   */
  readonly likelyOutput?: readonly LikelyOutput[];
}

/** The wire families. */
export type ProtocolName = 'openai-chat' | 'anthropic-messages' | 'gemini' | 'cohere-v2' | 'bedrock-converse' | 'replicate';

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

/** Which names of tools, or of their parameters, a provider takes. Names that are legal at OpenAI may be none there. */
export interface ToolNameRule {
  /** The whole of a name. */
  readonly legal: RegExp;
  /** Each character that no name can have; a global pattern. */
  readonly foreign: RegExp;
  readonly maxLength: number;
}

/** Models of the same sizes, by their names; what is left out is not known. */
export interface SizedModels extends Partial<ModelSizes> {
  readonly models: RegExp;
}

/** The longest answer of models by their names, as far as it is documented. It bounds nothing, since it is only asked for. */
export interface LikelyOutput {
  readonly models: RegExp;
  readonly tokens: number;
  /** Where that is written, and when it was. */
  readonly source: string;
}

/** Body fields, for models by their names. */
export interface ModelFields {
  readonly models: RegExp;
  readonly fields: readonly string[];
}

/**
 * Which earlier turns `reasoning_content` goes out with: `all` of the assistant's, with an empty one where it has none; those that it was
 * `given` with; `tool-turn`, those with tool calls behind the last user message; or `none`.
 */
export interface WantedReasoning {
  readonly models: RegExp;
  readonly turns: 'all' | 'given' | 'tool-turn' | 'none';
}

/**
 * What is done where the assistant has the last word: it is marked as the answer's `prefix`, or the user has `asked` to go on, or it is
 * `kept`, less white space at its end.
 */
export interface AssistantLast {
  readonly models: RegExp;
  readonly means: 'prefix' | 'asked' | 'kept';
}

/** What goes out with calls to models, by their names, unless the caller gave it or one of the fields that rule it out. */
export interface ModelDefaults {
  readonly models: RegExp;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly unless?: readonly string[];
}

/** How models spell `reasoning_effort`: by another word, or by fields of their own. What is not listed goes out as it is. */
export interface ModelEfforts {
  readonly models: RegExp;
  readonly efforts: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  /** Where that is written, and when it was. */
  readonly source?: string;
}

/**
 * What a provider may write into a prompt of its own accord: a system prompt of the model's template (tens of tokens), and one about the
 * use of tools (700 with the most talkative models).
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
    templateTokens: quirks.passthrough || reach === 'in-process' ? 0 : TEMPLATE_TOKENS,
  };
}

/** The closed set of ways in which a provider's wire departs from its family. `docs/providers.md` lists them. */
export interface Quirks {
  /** The caller gets the provider's own bytes (only where the wire is OpenAI's to the byte). */
  readonly passthrough?: boolean;
  /** Earlier turns, tools and fields that are null go out as the caller sent them, since that is OpenAI's own wire. */
  readonly asSent?: boolean;
  /** Body fields the provider does not know and that change no answer: dropped silently. */
  readonly drop?: readonly string[];
  /** Body fields whose loss would change the answer: 400 `unsupported_parameter`. */
  readonly refuse?: readonly string[];
  /** The output limit's name there, when it has only one: the other spelling is renamed. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Models that know only `max_completion_tokens`. */
  readonly maxCompletionTokensModels?: RegExp;
  /** The names that tools may have there: others are replaced on the way out, and put back in the answer. */
  readonly toolNames?: ToolNameRule;
  /** The names that a tool's parameters may have there; as with tools. */
  readonly parameterNames?: ToolNameRule;
  /**
   * No call goes out without an output limit: where the caller gave none it is the model's longest answer by these rows, else that of the
   * newest.
   */
  readonly demandsLimit?: { readonly rows: readonly LikelyOutput[]; readonly newest: number };
  /** `tool_choice` is ignored there: `none` is rendered by leaving the tools out. */
  readonly noToolChoice?: boolean;
  /** Models that cannot be made to call a tool: `tool_choice` goes out as `auto`, and the demand as an instruction. */
  readonly unforcedModels?: RegExp;
  /**
   * Which images given by http(s) URL are fetched here and sent along, because the provider fetches none itself: `all`, or
   * `unless-typed` those whose path does not end in an image's file extension.
   */
  readonly inlineImages?: 'all' | 'unless-typed';
  /** No model there sees images: they are refused. */
  readonly noImages?: boolean;
  /** These models see none; others may. */
  readonly noImagesModels?: RegExp;
  /**
   * What becomes of `response_format: json_schema`: `native` goes out as it is (or in the family's own form), `json_object` asks for JSON
   * and puts the schema into an instruction, `prompt` does the latter alone, `both` does it beside the native form. The answer is
   * validated in any case.
   */
  readonly jsonSchema?: 'native' | 'json_object' | 'prompt' | 'both';
  /** The provider's answer ids are not unique: replaced by ours. */
  readonly ownIds?: boolean;
  /** Takes a stable keyed hash of the customer as `user`; without it `user` is dropped. Never the raw value. */
  readonly hashedUser?: boolean;
  /** Accepts `stream_options.include_obfuscation`. */
  readonly obfuscation?: boolean;
  /** The only body fields that go out, by their names there. For providers that refuse what they do not know. */
  readonly bodyFields?: readonly string[];
  /** The only fields of a message that go out, for providers that refuse others; `name` goes out on tool results alone. */
  readonly messageFields?: readonly string[];
  /** Body fields that have another name there. */
  readonly renamedFields?: Readonly<Record<string, string>>;
  /** Values of body fields that are spelt otherwise there. */
  readonly renamedValues?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields that go out where the caller gave none. */
  readonly defaults?: readonly ModelDefaults[];
  /** Body fields that some models refuse although others know them: dropped for these. */
  readonly dropForModels?: readonly ModelFields[];
  /** `stream_options` is not known there: usage comes without asking. */
  readonly noStreamOptions?: boolean;
  /** There is no role `developer`: its messages go out as `system`. */
  readonly noDeveloperRole?: boolean;
  /** System messages must come first and user and assistant must take turns: neighbours of one role become one message. */
  readonly alternatingTurns?: boolean;
  /** Content made of text parts goes out as one string. */
  readonly textContent?: boolean;
  /** Types of content parts that no model there takes: refused. */
  readonly refusedParts?: readonly string[];
  /** Ids of tool calls must be nine letters or digits: others are replaced, in call and result alike. */
  readonly shortToolIds?: boolean;
  /**
   * Wants the reasoning of earlier turns back, by model; of the rows that match a name the first counts, and where none does it stays
   * here.
   */
  readonly reasoningWanted?: readonly WantedReasoning[];
  /** Takes one system message, before what was said: all of the system's go first, as one. */
  readonly oneSystem?: boolean;
  /** Knows what the assistant refused in an earlier turn; elsewhere that goes out as text. */
  readonly knowsRefusals?: boolean;
  /** Refuses a turn in which the assistant neither says nor calls anything: it is left out. */
  readonly noEmptyTurns?: boolean;
  /** Behind a tool's result it takes nothing but a turn of the assistant. */
  readonly answersAfterTools?: boolean;
  /**
   * What becomes of a conversation in which the assistant has the last word, by model; the first row that matches counts, and without one
   * it is kept.
   */
  readonly assistantLast?: readonly AssistantLast[];
  /** What becomes of `reasoning_effort` by model; of the rows that match a name the first counts, and where none does it is dropped. */
  readonly effortsByModel?: readonly ModelEfforts[];
  /** Models that take a JSON schema natively, where `jsonSchema` tells of the others. */
  readonly jsonSchemaModels?: RegExp;
  /** JSON mode cannot be had together with tools or a stream: then JSON is asked for by an instruction alone. */
  readonly jsonModeAlone?: boolean;
  /** JSON mode is refused unless the messages say "json": an instruction is added to those that do not. */
  readonly jsonWord?: boolean;
  /** There is no JSON mode, but JSON schemas: `json_object` goes out as the schema of any object. */
  readonly noJsonObject?: boolean;
  /** A function must say its `parameters`: one that takes none goes out with those of an empty object. */
  readonly demandsParameters?: boolean;
  /** `stop` must be a list. */
  readonly stopList?: boolean;
  /** `logprobs` is a number there, and comes back as lists of tokens and numbers. */
  readonly integerLogprobs?: boolean;
  /** Of the two penalties only one may be given. */
  readonly onePenalty?: boolean;
  /** The web pages of `search_results` become `annotations`; in a stream they are left out. */
  readonly searchResults?: boolean;
  /** Reasons to end that are not OpenAI's, and what they mean: `error` is one, `error-if-empty` only where nothing was said. */
  readonly finishReasons?: Readonly<Record<string, FinishReason | 'error' | 'error-if-empty'>>;
  /** Where the usage stands when it is not in `usage`, with dots between names. */
  readonly usageAt?: string;
  /** Where a chunk says what stopped the answer before its end, with dots between names. */
  readonly errorAt?: string;
  /**
   * Where counts stand inside of the usage when they are not in OpenAI's places, with dots between names; `costUsd` is the whole call's,
   * `costTicks` the same in units of 10⁻¹⁰ dollars, `ownKeyCostUsd` what comes to it when a router used a key of one's own.
   */
  readonly countsAt?: Readonly<Partial<Record<'cached' | 'reasoning' | 'costUsd' | 'costTicks' | 'ownKeyCostUsd', string>>>;
  /**
   * A call whose cost is bounded says that it wants the usual tier, since a project may be set to a dearer one. Where API versions have
   * dates, since that day.
   */
  readonly pinsTier?: true | string;
  /** Answers HTTP 400 or 413 without a word when the prompt is too long. */
  readonly emptyErrorIsContext?: boolean;
  /** HTTP statuses that mean something of their own there, where the words do not say what. */
  readonly statusCodes?: Readonly<Record<number, ErrorCode>>;
  /** `completion_tokens` leaves the reasoning out, and `prompt_tokens` at times what was cached; `total_tokens` has it all. */
  readonly reasoningBesideCompletion?: boolean;
  /** `prompt_tokens` leaves the audio that was heard out; `total_tokens` has it. */
  readonly audioBesidePrompt?: boolean;
  /** What an earlier turn's `reasoning_content` is called there, where it may come back. */
  readonly earlierReasoning?: string;
  /** A JSON schema must not be `strict`: it goes out as not strict. */
  readonly noStrictSchema?: boolean;
  /** Dated `api_version`s before this day know neither `stream_options` nor `max_completion_tokens`. */
  readonly newFieldsSince?: string;
}
