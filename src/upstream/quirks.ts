import type { ErrorCode } from '../domain/errors.js';
import type { FinishReason } from './canonical.js';

/** The closed set of ways in which a provider's wire departs from its family. `docs/providers.md` lists them. */
export interface Quirks {
  readonly request?: RequestQuirks;
  readonly response?: ResponseQuirks;
  readonly limits?: LimitQuirks;
  readonly errors?: ErrorQuirks;
}

/** What goes out otherwise than the family writes it. */
export interface RequestQuirks {
  /** Earlier turns, tools and fields that are null go out as the caller sent them, since that is OpenAI's own wire. */
  readonly asSent?: boolean;
  /** Body fields the provider does not know and that change no answer: dropped silently. */
  readonly drop?: readonly string[];
  /** Body fields whose loss would change the answer: 400 `unsupported_parameter`. */
  readonly refuse?: readonly string[];
  /** The names that tools may have there: others are replaced on the way out, and put back in the answer. */
  readonly toolNames?: ToolNameRule;
  /** The names that a tool's parameters may have there; as with tools. */
  readonly parameterNames?: ToolNameRule;
  /** `tool_choice` is ignored there: `none` is rendered by leaving the tools out. */
  readonly noToolChoice?: boolean;
  /** Models that cannot be made to call a tool: `tool_choice` goes out as `auto`, and the demand as an instruction. */
  readonly unforcedModels?: RegExp;
  /**
   * Which images given by http(s) URL are fetched here and sent along, because the provider fetches none itself: `all`,
   * or `unless-typed` those whose path does not end in an image's file extension.
   */
  readonly inlineImages?: 'all' | 'unless-typed';
  /** No model there sees images: they are refused. */
  readonly noImages?: boolean;
  /** These models see none; others may. */
  readonly noImagesModels?: RegExp;
  /**
   * What becomes of `response_format: json_schema`: `native` goes out as it is (or in the family's own form),
   * `json_object` asks for JSON and puts the schema into an instruction, `prompt` does the latter alone, `both` does it
   * beside the native form. The answer is validated in any case.
   */
  readonly jsonSchema?: 'native' | 'json_object' | 'prompt' | 'both';
  /** Takes a stable keyed hash of the customer as `user`; without it `user` is dropped. Never the raw value. */
  readonly hashedUser?: boolean;
  /** Accepts `stream_options.include_obfuscation`. */
  readonly obfuscation?: boolean;
  /** The only body fields that go out, by their names there. For providers that refuse what they do not know. */
  readonly bodyFields?: readonly string[];
  /**
   * The only fields of a message that go out, for providers that refuse others; `name` goes out on tool results alone.
   */
  readonly messageFields?: readonly string[];
  /** Body fields that have another name there. */
  readonly renamedFields?: Readonly<Record<string, string>>;
  /** Values of body fields that are spelt otherwise there. */
  readonly renamedValues?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields that go out where the caller gave none. */
  readonly defaults?: readonly ModelDefaults[];
  /** Body fields that some models refuse although others know them: dropped for these. */
  readonly dropForModels?: readonly ModelFields[];
  /** Body fields that some models refuse and whose loss would change the answer: refused for these. */
  readonly refuseForModels?: readonly ModelFields[];
  /** The highest `temperature` there; a higher one goes out as that. */
  readonly maxTemperature?: number;
  /**
   * Reads `cache_control` in messages and tools; elsewhere it is left out, since it changes no answer and strict
   * servers refuse it.
   */
  readonly cacheMarks?: boolean;
  /** `stream_options` is not known there: usage comes without asking. */
  readonly noStreamOptions?: boolean;
  /** There is no role `developer`: its messages go out as `system`. */
  readonly noDeveloperRole?: boolean;
  /**
   * System messages must come first and user and assistant must take turns: neighbours of one role become one message.
   */
  readonly alternatingTurns?: boolean;
  /** Content made of text parts goes out as one string. */
  readonly textContent?: boolean;
  /** Types of content parts that no model there takes: refused. */
  readonly refusedParts?: readonly string[];
  /** Ids of tool calls must be nine letters or digits: others are replaced, in call and result alike. */
  readonly shortToolIds?: boolean;
  /**
   * Wants the reasoning of earlier turns back, by model; of the rows that match a name the first counts, and where none
   * does it stays here.
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
   * What becomes of a conversation in which the assistant has the last word, by model; the first row that matches
   * counts, and without one it is kept.
   */
  readonly assistantLast?: readonly AssistantLast[];
  /**
   * What becomes of `reasoning_effort` by model; of the rows that match a name the first counts, and where none does it
   * is dropped.
   */
  readonly effortsByModel?: readonly ModelEfforts[];
  /** Models that take a JSON schema natively, where `jsonSchema` tells of the others. */
  readonly jsonSchemaModels?: RegExp;
  /** JSON mode cannot be had together with tools or a stream: then JSON is asked for by an instruction alone. */
  readonly jsonModeAlone?: boolean;
  /** JSON mode is refused unless the messages say "json": an instruction is added to those that do not. */
  readonly needsJsonMention?: boolean;
  /** There is no JSON mode, but JSON schemas: `json_object` goes out as the schema of any object. */
  readonly noJsonObject?: boolean;
  /** A function must say its `parameters`: one that takes none goes out with those of an empty object. */
  readonly requiresParameters?: boolean;
  /** `stop` must be a list. */
  readonly stopList?: boolean;
  /** `logprobs` is a number there, and comes back as lists of tokens and numbers. */
  readonly integerLogprobs?: boolean;
  /** Of the two penalties only one may be given. */
  readonly onePenalty?: boolean;
  /**
   * A call whose cost is bounded says that it wants the usual tier, since a project may be set to a dearer one. Where
   * API versions have dates, since that day.
   */
  readonly pinsTier?: true | string;
  /** What an earlier turn's `reasoning_content` is called there, where it may come back. */
  readonly reasoningField?: string;
  /** A JSON schema must not be `strict`: it goes out as not strict. */
  readonly noStrictSchema?: boolean;
  /** Dated `api_version`s before this day know neither `stream_options` nor `max_completion_tokens`. */
  readonly newFieldsSince?: string;
}

/** What an answer says otherwise than the family's, and what becomes of it here. */
export interface ResponseQuirks {
  /** The caller gets the provider's own bytes (only where the wire is OpenAI's to the byte). */
  readonly passthrough?: boolean;
  /** The provider's answer ids are not unique: replaced by ours. */
  readonly ownIds?: boolean;
  /** The web pages of `search_results` become `annotations`; in a stream they are left out. */
  readonly searchResults?: boolean;
  /**
   * Reasons to end that are not OpenAI's, and what they mean: `error` is one, `error-if-empty` only where nothing was
   * said.
   */
  readonly finishReasons?: Readonly<Record<string, FinishReason | 'error' | 'error-if-empty'>>;
  /** Where the usage stands when it is not in `usage`, with dots between names. */
  readonly usageAt?: string;
  /**
   * Where counts stand inside of the usage when they are not in OpenAI's places, with dots between names; `costUsd` is
   * the whole call's, `costTicks` the same in units of 10⁻¹⁰ dollars, `ownKeyCostUsd` what comes to it when a router
   * used a key of one's own.
   */
  readonly countsAt?: Readonly<
    Partial<Record<'cached' | 'reasoning' | 'costUsd' | 'costTicks' | 'ownKeyCostUsd', string>>
  >;
  /**
   * `completion_tokens` leaves the reasoning out, and `prompt_tokens` at times what was cached; `total_tokens` has it
   * all.
   */
  readonly reasoningOutsideCompletion?: boolean;
  /** `prompt_tokens` leaves the audio that was heard out; `total_tokens` has it. */
  readonly audioOutsidePrompt?: boolean;
}

/** How the limit of an answer's tokens is given. */
export interface LimitQuirks {
  /** The output limit's name there, when it has only one: the other spelling is renamed. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Models that know only `max_completion_tokens`. */
  readonly maxCompletionTokensModels?: RegExp;
  /**
   * No call goes out without an output limit: where the caller gave none it is the model's longest answer by these
   * rows, else that of the newest.
   */
  readonly requiresLimit?: { readonly rows: readonly LikelyOutput[]; readonly newest: number };
}

/** How an error is told. */
export interface ErrorQuirks {
  /** Where a chunk says what stopped the answer before its end, with dots between names. */
  readonly errorAt?: string;
  /** Answers HTTP 400 or 413 without a word when the prompt is too long. */
  readonly emptyErrorIsContext?: boolean;
  /** HTTP statuses that mean something of their own there, where the words do not say what. */
  readonly statusCodes?: Readonly<Record<number, ErrorCode>>;
}

/** Which names of tools, or of their parameters, a provider takes. Names that are legal at OpenAI may be none there. */
export interface ToolNameRule {
  /** The whole of a name. */
  readonly legal: RegExp;
  /** Each character that no name can have; a global pattern. */
  readonly illegalCharacters: RegExp;
  readonly maxLength: number;
}

/** Body fields, for models by their names. */
export interface ModelFields {
  readonly models: RegExp;
  readonly fields: readonly string[];
}

/**
 * Which earlier turns `reasoning_content` goes out with: `all` of the assistant's, with an empty one where it has none;
 * those that it was `given` with; `tool-turn`, those with tool calls behind the last user message; or `none`.
 */
export interface WantedReasoning {
  readonly models: RegExp;
  readonly turns: 'all' | 'given' | 'tool-turn' | 'none';
}

/**
 * What is done where the assistant has the last word: it is marked as the answer's `prefix`, or the user has `asked` to
 * go on, or it is `kept`, less white space at its end.
 */
export interface AssistantLast {
  readonly models: RegExp;
  readonly action: 'prefix' | 'asked' | 'kept';
}

/**
 * What goes out with calls to models, by their names, unless the caller gave it or one of the fields that rule it out.
 */
export interface ModelDefaults {
  readonly models: RegExp;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly unless?: readonly string[];
}

/**
 * How models spell `reasoning_effort`: by another word, or by fields of their own. What is not listed goes out as it
 * is.
 */
export interface ModelEfforts {
  readonly models: RegExp;
  readonly efforts: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  /** Where that is written, and when it was. */
  readonly source?: string;
}

/**
 * The longest answer of models by their names, as far as it is documented. It bounds nothing, since it is only asked
 * for.
 */
export interface LikelyOutput {
  readonly models: RegExp;
  readonly tokens: number;
  /** Where that is written, and when it was. */
  readonly source: string;
}
