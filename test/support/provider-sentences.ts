import type { ErrorQuirks, LimitQuirks, RequestQuirks, ResponseQuirks } from '../../src/upstream/quirks.js';

/** The quirks of all groups in one. */
export type AnyQuirks = RequestQuirks & ResponseQuirks & LimitQuirks & ErrorQuirks;

/** Names as code, with commas between. A dash stands for none. */
export const code = (names: readonly string[] | undefined) =>
  names?.length ? names.map((name) => `\`${name}\``).join(', ') : '–';

const matching = ({ source }: RegExp) => `models matching \`${source}\``;
const modelsOf = (models: RegExp, place = 0) => models.source !== '^' ? matching(models) : place > 0 ? 'all other models' : 'all models'; // prettier-ignore
const isEvery = (models: RegExp | undefined) => models?.source === '^';
const arrows = (values: Readonly<Record<string, unknown>>) => Object.entries(values).map(([from, into]) => `\`${from}\` → \`${typeof into === 'string' ? into : JSON.stringify(into)}\``).join(', '); // prettier-ignore

/** A sentence with one line for each row of models, and one for the models that no row matches. */
function byModel<Row extends { readonly models: RegExp }>(
  title: string,
  rows: readonly Row[],
  textOf: (row: Row) => string,
  others: string,
): string {
  const lines = rows.map((row, place) => `${modelsOf(row.models, place)}: ${textOf(row)}`);
  if (!isEvery(rows.at(-1)?.models)) lines.push(`all other models: ${others}`);
  return [title, ...lines].join('\n  - ');
}

/** What becomes of a last message of the assistant. */
function assistantLastSentence({ assistantLast = [] }: AnyQuirks): string {
  const [first] = assistantLast;
  if (isEvery(first?.models)) return `If the last message is the assistant's, ${LAST_ASSISTANT_MESSAGE[first!.action]}`;
  const title = "If the last message is the assistant's, the model decides what happens:";
  return byModel(title, assistantLast, ({ action }) => LAST_ASSISTANT_MESSAGE[action], 'it goes out as it is');
}

/** The counts that a provider keeps in fields of its own. */
const COUNTS: Readonly<Record<string, (field: string) => string>> = {
  cached: (field) => `If OpenAI's field is missing, cached tokens are read from \`usage.${field}\`.`,
  reasoning: (field) => `If OpenAI's field is missing, reasoning tokens are read from \`usage.${field}\`.`,
  costUsd: (field) => `The cost in dollars is read from \`usage.${field}\`.`,
  costTicks: (field) => `The cost is read from \`usage.${field}\`, in units of 10⁻¹⁰ dollars.`,
  ownKeyCostUsd: (field) => `If the router used your own key, the cost in \`usage.${field}\` is added.`,
};

const REASONING_SENT = {
  none: 'it does not go out',
  'tool-turn': 'it goes out with turns that call tools after the last user message',
  given: 'it goes out if the caller sent it',
  all: 'it goes out with every assistant turn, as an empty text if the turn has none',
};

const LAST_ASSISTANT_MESSAGE = {
  prefix: 'it goes out with `prefix: true`, and the model continues it',
  asked: 'Ringside adds the user message `Go on from where you stopped.`',
  kept: 'it goes out without the white space at its end',
};

const IMAGES_FETCHED = {
  all: 'Ringside fetches images that are given by URL.',
  'unless-typed': 'Ringside fetches images whose URL does not end in a file extension.',
};

const JSON_SCHEMA = {
  native: 'A JSON schema goes out as it is.',
  json_object: 'A JSON schema goes out as an instruction, in JSON mode.',
  prompt: 'A JSON schema goes out as an instruction.',
  both: 'A JSON schema goes out as it is, and also as an instruction.',
};

const FINISH_REASONS: Readonly<Record<string, string>> = {
  error: 'an error',
  'error-if-empty': 'an error if the answer is empty, else `stop`',
};

/** The efforts of each model, and where they are documented. */
function effortsSentence({ effortsByModel = [] }: AnyQuirks): string {
  const sources = [...new Set(effortsByModel.flatMap(({ source }) => source ?? []))];
  const hasObjects = effortsByModel.some(({ efforts }) => Object.values(efforts).some((into) => typeof into !== 'string')); // prettier-ignore
  const title = [
    `\`reasoning_effort\` depends on the model${sources.length > 0 ? ` (${sources.join('; ')})` : ''}.`,
    'The first match counts, and a value that is not listed goes out as it is.',
    ...(hasObjects ? ['A JSON object replaces `reasoning_effort`.'] : []),
  ].join(' ');
  return byModel(title, effortsByModel, ({ efforts }) => arrows(efforts), 'it does not go out');
}

/** What docs/providers.md says of each quirk that a provider can have, beside what it drops and refuses. */
export const SENTENCES: Readonly<Record<Exclude<keyof AnyQuirks, 'drop' | 'refuse'>, (quirks: AnyQuirks) => string>> = {
  passthrough: () => "The caller gets the provider's own bytes.",
  asSent: () => 'Earlier turns, tools and fields that are `null` go out as they came.',
  maxTokensField: (quirks) => `The output limit goes out as \`${quirks.maxTokensField}\`.`,
  maxCompletionTokensModels: (quirks) => `\`max_tokens\` becomes \`max_completion_tokens\` for ${modelsOf(quirks.maxCompletionTokensModels!)}.`,
  requiresLimit: (quirks) => `A call without an output limit gets the model's longest answer as its limit, or ${quirks.requiresLimit!.newest} if the model is not known.`,
  unforcedModels: (quirks) => `For ${matching(quirks.unforcedModels!)}, a \`tool_choice\` that demands a call goes out as \`auto\`.`,
  noToolChoice: () => '`tool_choice` does not go out.',
  inlineImages: (quirks) => IMAGES_FETCHED[quirks.inlineImages!],
  noImages: () => 'Messages with an image are refused.',
  noImagesModels: (quirks) => `Images are refused for ${matching(quirks.noImagesModels!)}.`,
  audioOutsidePrompt: () => "The provider's `prompt_tokens` do not include audio input.",
  reasoningField: (quirks) => `\`reasoning_content\` of earlier turns goes out as \`${quirks.reasoningField}\`.`,
  jsonSchema: (quirks) => JSON_SCHEMA[quirks.jsonSchema!],
  ownIds: () => 'Ringside replaces the ids of answers.',
  hashedUser: () => '`user` goes out as a keyed hash of the customer.',
  obfuscation: () => '`include_obfuscation` goes out as `false` unless the caller sets it.',
  bodyFields: (quirks) => `Only these fields go out: ${code(quirks.bodyFields)}.`,
  messageFields: (quirks) => `Only these fields of a message go out: ${code(quirks.messageFields)}.`,
  renamedFields: (quirks) => Object.entries(quirks.renamedFields!).map(([from, to]) => `\`${from}\` goes out as \`${to}\`.`).join(' '),
  renamedValues: (quirks) => Object.entries(quirks.renamedValues!).map(([field, values]) => `Values of \`${field}\`: ${arrows(values)}.`).join(' '),
  defaults: (quirks) => quirks.defaults!.map(({ models, fields, unless = [] }) => Object.entries(fields).map(([field, value]) => `\`${field}: ${String(value)}\` goes out to ${modelsOf(models)} unless the caller sets ${[field, ...unless].map((name) => `\`${name}\``).join(' or ')}.`).join(' ')).join(' '),
  dropForModels: (quirks) => quirks.dropForModels!.map(({ models, fields }) => `For ${matching(models)}, these fields do not go out: ${code(fields)}.`).join(' '),
  refuseForModels: (quirks) => quirks.refuseForModels!.map(({ models, fields }) => `For ${matching(models)}, these fields are refused: ${code(fields)}.`).join(' '),
  maxTemperature: (quirks) => `A \`temperature\` above ${quirks.maxTemperature} goes out as ${quirks.maxTemperature}.`,
  cacheMarks: () => '`cache_control` of messages, parts and tools goes out as it is.',
  noStreamOptions: () => '`stream_options` does not go out.',
  noDeveloperRole: () => '`developer` messages go out as `system` messages.',
  alternatingTurns: () => 'System messages go first. Consecutive messages of one role become one message, with a blank line between them.',
  textContent: () => 'Content made of text parts goes out as one string, with blank lines between the parts.',
  refusedParts: (quirks) => `Content parts of these types are refused: ${code(quirks.refusedParts)}.`,
  shortToolIds: () => 'Ids of tool calls go out as nine letters or digits.',
  toolNames: (quirks) => `Tool names that do not match \`${quirks.toolNames!.legal.source}\` are replaced.`,
  parameterNames: (quirks) => `Names of tool parameters that do not match \`${quirks.parameterNames!.legal.source}\` are replaced.`,
  reasoningWanted: (quirks) => byModel('Whether `reasoning_content` of earlier turns goes out under this name depends on the model:', quirks.reasoningWanted!, ({ turns }) => REASONING_SENT[turns], REASONING_SENT.none),
  oneSystem: () => 'All system messages go first, as one message.',
  knowsRefusals: () => 'A refusal in an earlier turn goes out as a refusal.',
  noEmptyTurns: () => 'Assistant turns with neither text nor tool calls are left out.',
  answersAfterTools: () => 'If the message after a tool result is not from the assistant or a tool, Ringside inserts an assistant message.',
  assistantLast: assistantLastSentence,
  effortsByModel: effortsSentence,
  jsonSchemaModels: (quirks) => `For ${matching(quirks.jsonSchemaModels!)}, a JSON schema goes out as it is.`,
  jsonModeAlone: () => 'With tools or in a stream, only an instruction asks for JSON.',
  needsJsonMention: () => 'JSON mode adds an instruction if no message contains “JSON”.',
  noJsonObject: () => '`json_object` goes out as a JSON schema that any object matches.',
  requiresParameters: () => 'A function without `parameters` goes out with the schema of an empty object.',
  stopList: () => '`stop` goes out as a list.',
  integerLogprobs: () => '`logprobs` goes out as a number, without `top_logprobs`.',
  onePenalty: () => 'Only one of the two penalties goes out.',
  searchResults: () => '`search_results` become `annotations`.',
  finishReasons: (quirks) => Object.entries(quirks.finishReasons!).map(([reason, meant]) => `\`finish_reason: ${reason}\` becomes ${FINISH_REASONS[meant] ?? `\`${meant}\``}.`).join(' '),
  usageAt: (quirks) => `Usage is also read from \`${quirks.usageAt}\`.`,
  errorAt: (quirks) => `\`${quirks.errorAt}\` in a chunk is an error.`,
  emptyErrorIsContext: () => 'HTTP 400 or 413 without a message means that the prompt is too long.',
  countsAt: (quirks) => Object.entries(quirks.countsAt!).map(([what, field]) => COUNTS[what]!(field)).join(' '),
  statusCodes: (quirks) => Object.entries(quirks.statusCodes!).map(([status, meant]) => `HTTP ${status} means \`${meant}\`.`).join(' '),
  reasoningOutsideCompletion: () => "The provider's `completion_tokens` do not include reasoning.",
  noStrictSchema: () => '`strict: true` of a JSON schema goes out as `false`.',
  pinsTier: (quirks) => `If the cost of a call is bounded and \`service_tier\` is missing or \`auto\`, the default tier goes out.${quirks.pinsTier === true ? '' : ` API versions dated before \`${quirks.pinsTier}\` get no tier.`}`,
  newFieldsSince: (quirks) => `API versions dated before \`${quirks.newFieldsSince}\` get no \`stream_options\`, and the output limit as \`max_tokens\`.`,
}; // prettier-ignore
