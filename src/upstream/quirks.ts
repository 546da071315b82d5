import type { ErrorCode } from '../domain/errors.js';
import type { FinishReason } from './canonical.js';

/** The ways in which a provider's wire can differ from its family. `docs/providers.md` lists them. */
export interface Quirks {
  readonly request?: RequestQuirks;
  readonly response?: ResponseQuirks;
  readonly limits?: LimitQuirks;
  readonly errors?: ErrorQuirks;
}

/** How requests differ from those of the family. */
export interface RequestQuirks {
  /** The wire is OpenAI's own: earlier turns, tools and fields that are null go out as the caller sent them. */
  readonly asSent?: boolean;
  /** Body fields that the provider does not know. They change no answer and are dropped silently. */
  readonly drop?: readonly string[];
  /** Body fields whose loss would change the answer. They are refused: 400 `unsupported_parameter`. */
  readonly refuse?: readonly string[];
  /** The names that the provider allows for tools. Others are replaced in requests and restored in answers. */
  readonly toolNames?: ToolNameRule;
  /** The names that the provider allows for tool parameters. Others are replaced in the same way. */
  readonly parameterNames?: ToolNameRule;
  /** The provider ignores `tool_choice`. To render `none`, the tools are left out. */
  readonly noToolChoice?: boolean;
  /**
   * Models that cannot be forced to call a tool. `tool_choice` goes out as `auto`, and an instruction demands the call.
   */
  readonly unforcedModels?: RegExp;
  /**
   * Images by http(s) URL that are fetched here, because the provider does not fetch them: `all`, or with
   * `unless-typed` only those whose path does not end in an image's file extension.
   */
  readonly inlineImages?: 'all' | 'unless-typed';
  /** No model takes images. They are refused. */
  readonly noImages?: boolean;
  /** These models take no images. Others may. */
  readonly noImagesModels?: RegExp;
  /**
   * How `response_format: json_schema` is rendered. `native`: as it is, or in the family's own form. `json_object`:
   * JSON mode, with the schema as an instruction. `prompt`: only the instruction. `both`: the native form and the
   * instruction. The answer is validated in any case.
   */
  readonly jsonSchema?: 'native' | 'json_object' | 'prompt' | 'both';
  /**
   * The provider takes a keyed hash of the customer as `user`. Otherwise `user` is dropped. The raw value never goes
   * out.
   */
  readonly hashedUser?: boolean;
  /** The provider accepts `stream_options.include_obfuscation`. */
  readonly obfuscation?: boolean;
  /** The only body fields that go out, by the provider's names. For providers that refuse unknown fields. */
  readonly bodyFields?: readonly string[];
  /** The only message fields that go out, for providers that refuse others. `name` goes out on tool results only. */
  readonly messageFields?: readonly string[];
  /** Body fields that have another name at the provider. */
  readonly renamedFields?: Readonly<Record<string, string>>;
  /** Values of body fields that are spelled differently at the provider. */
  readonly renamedValues?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields that go out if the caller does not set them. */
  readonly defaults?: readonly ModelDefaults[];
  /** Body fields that some models refuse. They are dropped for these models. */
  readonly dropForModels?: readonly ModelFields[];
  /** Body fields that some models refuse and whose loss would change the answer. They are refused for these models. */
  readonly refuseForModels?: readonly ModelFields[];
  /** The highest `temperature`. A higher one is lowered to it. */
  readonly maxTemperature?: number;
  /**
   * The provider reads `cache_control` in messages and tools. Elsewhere it is left out: it changes no answer, and
   * strict servers refuse it.
   */
  readonly cacheMarks?: boolean;
  /** The provider does not know `stream_options`. Usage comes without it. */
  readonly noStreamOptions?: boolean;
  /** The provider has no role `developer`. These messages go out as `system`. */
  readonly noDeveloperRole?: boolean;
  /**
   * System messages must come first, and user and assistant must alternate. Consecutive messages of one role are
   * joined.
   */
  readonly alternatingTurns?: boolean;
  /** Content made of text parts goes out as one string. */
  readonly textContent?: boolean;
  /** Types of content parts that no model takes. They are refused. */
  readonly refusedParts?: readonly string[];
  /** Ids of tool calls must be nine letters or digits. Others are replaced, in calls and results. */
  readonly shortToolIds?: boolean;
  /**
   * Models that need `reasoning_content` of earlier turns. The first matching row counts. If none matches, the field is
   * left out.
   */
  readonly reasoningWanted?: readonly WantedReasoning[];
  /** The provider takes only one system message, at the beginning. All system messages are joined. */
  readonly oneSystem?: boolean;
  /** The provider takes refusals in earlier turns. Elsewhere a refusal goes out as text. */
  readonly knowsRefusals?: boolean;
  /** The provider refuses assistant turns with neither text nor tool calls. They are left out. */
  readonly noEmptyTurns?: boolean;
  /** After a tool result the provider takes only an assistant turn. */
  readonly answersAfterTools?: boolean;
  /**
   * What is done if the last message is the assistant's. The first matching row counts. If none matches, the message
   * stays.
   */
  readonly assistantLast?: readonly AssistantLast[];
  /** How `reasoning_effort` is translated. The first matching row counts. If none matches, it is dropped. */
  readonly effortsByModel?: readonly ModelEfforts[];
  /** Models that take a JSON schema natively. `jsonSchema` is for all others. */
  readonly jsonSchemaModels?: RegExp;
  /** JSON mode does not work with tools or in a stream. Only an instruction asks for JSON then. */
  readonly jsonModeAlone?: boolean;
  /** JSON mode requires "json" in a message. If no message has it, an instruction is added. */
  readonly needsJsonMention?: boolean;
  /** The provider has JSON schemas but no JSON mode. `json_object` goes out as a schema that any object matches. */
  readonly noJsonObject?: boolean;
  /** A function must have `parameters`. If it has none, the schema of an empty object goes out. */
  readonly requiresParameters?: boolean;
  /** `stop` must be a list. */
  readonly stopList?: boolean;
  /** `logprobs` is a number. The answer has lists of tokens and numbers. */
  readonly integerLogprobs?: boolean;
  /** Only one of the two penalties may be set. */
  readonly onePenalty?: boolean;
  /**
   * A call with a bounded cost sets the default tier, because a project may have a more expensive one as its default. A
   * date is the first API version that knows the field.
   */
  readonly pinsTier?: true | string;
  /** The provider's name for an earlier turn's `reasoning_content`. */
  readonly reasoningField?: string;
  /** A JSON schema must not be `strict`. `strict: true` goes out as `false`. */
  readonly noStrictSchema?: boolean;
  /** API versions dated before this day know neither `stream_options` nor `max_completion_tokens`. */
  readonly newFieldsSince?: string;
}

/** How answers differ from those of the family. */
export interface ResponseQuirks {
  /** The caller gets the provider's own bytes. Only for a wire that is exactly OpenAI's. */
  readonly passthrough?: boolean;
  /** The provider's answer ids are not unique. Ringside replaces them. */
  readonly ownIds?: boolean;
  /** The pages in `search_results` become `annotations`. In a stream they are left out. */
  readonly searchResults?: boolean;
  /**
   * Finish reasons that OpenAI does not have, and what they mean. `error` is a failure. `error-if-empty` is a failure
   * only if the answer is empty.
   */
  readonly finishReasons?: Readonly<Record<string, FinishReason | 'error' | 'error-if-empty'>>;
  /** The path to the usage, if it is not in `usage`. Names are separated by dots. */
  readonly usageAt?: string;
  /**
   * Paths to counts inside the usage, if they are not in OpenAI's fields. `costUsd` is the cost of the call in dollars.
   * `costTicks` is the same in units of 10⁻¹⁰ dollars. `ownKeyCostUsd` is added if a router used the caller's own key.
   */
  readonly countsAt?: Readonly<
    Partial<Record<'cached' | 'reasoning' | 'costUsd' | 'costTicks' | 'ownKeyCostUsd', string>>
  >;
  /**
   * `completion_tokens` does not include reasoning, and `prompt_tokens` sometimes not the cached tokens. `total_tokens`
   * includes all.
   */
  readonly reasoningOutsideCompletion?: boolean;
  /** `prompt_tokens` does not include audio input. `total_tokens` does. */
  readonly audioOutsidePrompt?: boolean;
}

/** How the output limit is sent. */
export interface LimitQuirks {
  /** The only name that the provider has for the output limit. The other name is renamed. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Models that only know `max_completion_tokens`. */
  readonly maxCompletionTokensModels?: RegExp;
  /**
   * Every call must have an output limit. If the caller sets none, it is the model's longest answer by these rows, else
   * `newest`.
   */
  readonly requiresLimit?: { readonly rows: readonly LikelyOutput[]; readonly newest: number };
}

/** How errors differ from those of the family. */
export interface ErrorQuirks {
  /** The path to an error inside a chunk. Names are separated by dots. */
  readonly errorAt?: string;
  /** HTTP 400 or 413 without a message means that the prompt is too long. */
  readonly emptyErrorIsContext?: boolean;
  /** What HTTP statuses mean at this provider, if the message does not tell. */
  readonly statusCodes?: Readonly<Record<number, ErrorCode>>;
}

/** Which names of tools or parameters a provider allows. Some names that OpenAI allows are not among them. */
export interface ToolNameRule {
  /** Matches a whole allowed name. */
  readonly legal: RegExp;
  /** Matches each character that is not allowed. A global pattern. */
  readonly illegalCharacters: RegExp;
  readonly maxLength: number;
}

/** Body fields for some models. */
export interface ModelFields {
  readonly models: RegExp;
  readonly fields: readonly string[];
}

/**
 * Which earlier turns keep `reasoning_content`. `all`: every assistant turn, with an empty text if it has none.
 * `given`: the turns that have it. `tool-turn`: the turns that call tools after the last user message. `none`: no turn.
 */
export interface WantedReasoning {
  readonly models: RegExp;
  readonly turns: 'all' | 'given' | 'tool-turn' | 'none';
}

/**
 * What is done if the last message is the assistant's. `prefix`: it is marked as the answer's prefix. `asked`: a user
 * message asks the model to go on. `kept`: it stays, without white space at its end.
 */
export interface AssistantLast {
  readonly models: RegExp;
  readonly action: 'prefix' | 'asked' | 'kept';
}

/** Fields that go out to some models, unless the caller set them or one of the fields in `unless`. */
export interface ModelDefaults {
  readonly models: RegExp;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly unless?: readonly string[];
}

/**
 * How models spell `reasoning_effort`: as another value, or in fields of their own. Values that are not listed go out
 * as they are.
 */
export interface ModelEfforts {
  readonly models: RegExp;
  readonly efforts: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  /** The documentation, and the date when it said so. */
  readonly source?: string;
}

/** The longest answer of models, as documented. It is only a default limit and bounds no cost. */
export interface LikelyOutput {
  readonly models: RegExp;
  readonly tokens: number;
  /** The documentation, and the date when it said so. */
  readonly source: string;
}
