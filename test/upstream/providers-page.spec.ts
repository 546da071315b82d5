import { readFileSync } from 'node:fs';
import type { Provider, SizedModels } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import type { ErrorQuirks, LimitQuirks, RequestQuirks, ResponseQuirks } from '../../src/upstream/quirks.js';

/** The quirks of all groups in one. */
type AnyQuirks = RequestQuirks & ResponseQuirks & LimitQuirks & ErrorQuirks;

/** The page, without the spaces that align its tables. */
const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8').replace(/ +/g, ' ');

const code = (names: readonly string[] | undefined) =>
  names?.length ? names.map((name) => `\`${name}\``).join(', ') : '–';

const to = ({ source }: RegExp, place: number) =>
  source === '^' ? `to every ${place > 0 ? 'other ' : ''}model` : `to models matching \`${source}\``;
const arrows = (values: Readonly<Record<string, unknown>>) => Object.entries(values).map(([from, into]) => `\`${from}\` → \`${typeof into === 'string' ? into : JSON.stringify(into)}\``).join(', '); // prettier-ignore

/** What is counted in places of its own. */
const COUNTS: Readonly<Record<string, string>> = {
  cached: 'cached tokens',
  reasoning: 'reasoning tokens',
  costUsd: 'the cost in dollars',
  costTicks: 'the cost in units of 10⁻¹⁰ dollars',
  ownKeyCostUsd: 'what a key of one’s own paid beside it',
};

/** Which thoughts go back. */
const THOUGHTS = {
  none: 'none goes out',
  'tool-turn': 'that of tool calls behind the last user message',
  given: 'that goes out which was given',
  all: 'that of every turn, empty where there is none',
};

/** What becomes of the assistant's last word. */
const LAST_WORDS = {
  prefix: 'it goes out as a `prefix` of the answer',
  asked: 'the user asks to go on',
  kept: 'it goes out without the spaces at its end',
};

/** The sentence of the page for each quirk a provider can have beside what it drops and refuses. */
const SENTENCES: Readonly<Record<Exclude<keyof AnyQuirks, 'drop' | 'refuse'>, (quirks: AnyQuirks) => string>> = {
  passthrough: () => 'its own bytes reach the caller',
  asSent: () => 'earlier turns, tools and fields that are `null` go out as they came',
  maxTokensField: (quirks) => `the output limit goes out as \`${quirks.maxTokensField}\``,
  maxCompletionTokensModels: (quirks) => `\`max_tokens\` becomes \`max_completion_tokens\` for ${to(quirks.maxCompletionTokensModels!, 0).slice('to '.length)}`,
  demandsLimit: () => 'that of the newest models (128000) where it tells no generation',
  unforcedModels: (quirks) => `models matching \`${quirks.unforcedModels!.source}\` cannot be made to call a tool`,
  noToolChoice: () => '`tool_choice` is said by other means',
  inlineImages: (quirks) => quirks.inlineImages === 'all' ? 'images given by URL are fetched and sent along' : 'images whose URL does not end in a file extension are fetched and sent along',
  noImages: () => 'no model sees images',
  noImagesModels: (quirks) => `images are refused for models matching \`${quirks.noImagesModels!.source}\``,
  audioOutsidePrompt: () => '`prompt_tokens` leaves out what was heard there',
  reasoningField: (quirks) => `\`reasoning_content\` of earlier turns goes out as \`${quirks.reasoningField}\``,
  jsonSchema: (quirks) => ({ native: 'a JSON schema goes out as it is', json_object: 'a JSON schema goes out as an instruction, in JSON mode', prompt: 'a JSON schema goes out as an instruction', both: 'a JSON schema goes out as it is, and as an instruction' })[quirks.jsonSchema!],
  ownIds: () => 'answers bear ids of ours',
  hashedUser: () => '`user` goes out as a keyed hash',
  obfuscation: () => '`include_obfuscation` is sent, false unless asked for',
  bodyFields: (quirks) => `no other fields go out than ${code(quirks.bodyFields)}`,
  messageFields: (quirks) => `of a message no other fields go out than ${code(quirks.messageFields)}`,
  renamedFields: (quirks) => Object.entries(quirks.renamedFields!).map(([from, to]) => `\`${from}\` goes out as \`${to}\``).join(', '),
  renamedValues: (quirks) => Object.entries(quirks.renamedValues!).map(([field, values]) => `\`${field}\` ${arrows(values)}`).join('; '),
  defaults: (quirks) => quirks.defaults!.map(({ models, fields }, place) => `${Object.entries(fields).map(([field, value]) => `\`${field}: ${String(value)}\``).join(', ')} goes out ${to(models, place)}`).join('; '),
  dropForModels: (quirks) => quirks.dropForModels!.map(({ models, fields }, place) => `${code(fields)} not sent ${to(models, place)}`).join('; '),
  refuseForModels: (quirks) => quirks.refuseForModels!.map(({ models, fields }) => `${code(fields)} is refused for models matching \`${models.source}\``).join('; '),
  maxTemperature: (quirks) => `\`temperature\` is at most ${quirks.maxTemperature}`,
  cacheMarks: () => '`cache_control` of messages, parts and tools goes out as it is',
  noStreamOptions: () => '`stream_options` is not sent',
  noDeveloperRole: () => '`developer` messages go out as `system`',
  alternatingTurns: () => 'system messages go first, and neighbours of one role become one message',
  textContent: () => 'content made of text parts goes out as one string',
  refusedParts: (quirks) => `parts of these types are refused: ${code(quirks.refusedParts)}`,
  shortToolIds: () => 'ids of tool calls go out as nine letters or digits',
  toolNames: (quirks) => `tools go out under their names where these match \`${quirks.toolNames!.legal.source}\`, else under others that do`,
  parameterNames: (quirks) => `parameters of tools likewise, where their names do not match \`${quirks.parameterNames!.legal.source}\``,
  reasoningWanted: (quirks) => `\`reasoning_content\` of earlier turns: ${quirks.reasoningWanted!.map(({ models, turns }, place) => `${to(models, place)} ${THOUGHTS[turns]}`).join('; ')}`,
  oneSystem: () => 'system messages go first, as one,',
  knowsRefusals: () => 'a refusal of an earlier turn goes out as one',
  noEmptyTurns: () => 'a turn in which the assistant neither says nor calls anything is left out',
  answersAfterTools: () => 'where anybody but the assistant goes on behind a tool result, a turn of the assistant is put between them',
  assistantLast: (quirks) => `where the assistant has the last word: ${quirks.assistantLast!.map(({ models, means }, place) => `${to(models, place)} ${LAST_WORDS[means]}`).join('; ')}`,
  effortsByModel: (quirks) => `\`reasoning_effort\` ${quirks.effortsByModel!.map(({ models, efforts }, place) => `${to(models, place)}: ${arrows(efforts)}`).join('; ')}`,
  jsonSchemaModels: (quirks) => `models matching \`${quirks.jsonSchemaModels!.source}\` are sent a JSON schema as it is`,
  jsonModeAlone: () => 'with tools or in a stream JSON is asked for by an instruction alone',
  jsonWord: () => 'JSON mode adds an instruction to messages that do not say “JSON”',
  noJsonObject: () => '`json_object` goes out as the JSON schema of any object',
  demandsParameters: () => 'a function without `parameters` goes out with those of an empty object',
  stopList: () => '`stop` goes out as a list',
  integerLogprobs: () => '`logprobs` goes out as a number, without `top_logprobs`',
  onePenalty: () => 'of the two penalties one goes out',
  searchResults: () => '`search_results` become `annotations`',
  finishReasons: (quirks) => `\`finish_reason\` ${Object.entries(quirks.finishReasons!).map(([reason, meant]) => `\`${reason}\` → ${{ error: 'an error', 'error-if-empty': 'an error where nothing was said' }[meant as string] ?? `\`${meant}\``}`).join(', ')}`,
  usageAt: (quirks) => `usage is also read from \`${quirks.usageAt}\``,
  errorAt: (quirks) => `an answer that was stopped says so in \`${quirks.errorAt}\``,
  emptyErrorIsContext: () => 'HTTP 400 or 413 without a word means that the prompt is too long',
  countsAt: (quirks) => `read from \`usage\`: ${Object.entries(quirks.countsAt!).map(([what, place]) => `${COUNTS[what]} in \`${place}\``).join(', ')}`,
  statusCodes: (quirks) => Object.entries(quirks.statusCodes!).map(([status, meant]) => `HTTP ${status} means \`${meant}\``).join(', '),
  reasoningOutsideCompletion: () => '`completion_tokens` leaves the reasoning out there',
  noStrictSchema: () => '`strict: true` of a JSON schema goes out as `false`',
  pinsTier: (quirks) => `a call whose cost is bounded goes out with the usual \`service_tier\` where it asks for none, or for \`auto\`${quirks.pinsTier === true ? '' : `, unless the API version is dated before \`${quirks.pinsTier}\``}`,
  newFieldsSince: (quirks) => `an API version dated before \`${quirks.newFieldsSince}\` is sent no \`stream_options\``,
}; // prettier-ignore

/** A place is made of a region's real name only. */
const SOME_REGION = 'eu-west-1';

function rowOf({
  id,
  aliases,
  keyVariables,
  keyOptional,
  baseUrlVariables,
  defaultBaseUrl,
  reach,
  settings = {},
}: Provider): string {
  const names = [id, ...(aliases ?? [])];
  const key = keyVariables.length === 0 ? '–' : `${code(keyVariables)}${keyOptional ? ' (optional)' : ''}`;
  const usual = typeof defaultBaseUrl === 'string' ? defaultBaseUrl : placeWithNames(defaultBaseUrl, settings);
  const place =
    reach === 'in-process'
      ? 'in this process'
      : `${code(baseUrlVariables)}${usual === undefined ? '' : `, else \`${usual}\``}`;
  return `| ${code(names)} | ${key} | ${place} |`;
}

/** Where a provider is, with the names of settings in place of their values: `{region}`. */
function placeWithNames(
  placeOf: Exclude<Provider['defaultBaseUrl'], string>,
  settings: NonNullable<Provider['settings']>,
): string | undefined {
  const place = placeOf(
    Object.fromEntries(Object.keys(settings).map((name) => [name, name === 'region' ? SOME_REGION : `{${name}}`])),
  );
  return place?.replaceAll(SOME_REGION, '{region}');
}

function sizesRowOf({
  models,
  maxOutputTokens,
  contextTokens,
  encoding,
  imageTokens,
  unboundedFee,
}: SizedModels): string {
  const image = imageTokens && [...new Set([imageTokens('low'), imageTokens('high')])].join(' / ');
  const cells = [
    maxOutputTokens,
    contextTokens,
    encoding,
    unboundedFee === undefined ? image : `bills ${unboundedFee}`,
  ];
  return `| \`${models.source.replaceAll('|', '\\|')}\` | ${cells.map((cell) => cell ?? '–').join(' | ')} |`;
}

describe('docs/providers.md', () => {
  it.each(PROVIDERS.map((provider) => [provider.id, provider] as const))('tells the truth about %s', (id, provider) => {
    expect(page).toContain(rowOf(provider));
    const section = page.split(/^## /m).find((part) => part.startsWith(`${id}\n`)) ?? '';
    const { request, response, limits, errors } = provider.quirks;
    const quirks: AnyQuirks = { ...request, ...response, ...limits, ...errors };
    expect(section).toContain(`Dropped: ${code(quirks.drop)}.`);
    expect(section).toContain(`Refused: ${code(quirks.refuse)}.`);
    for (const [quirk, sentence] of Object.entries(SENTENCES)) {
      const has = quirks[quirk as keyof AnyQuirks] !== undefined;
      if (has) expect(section).toContain(sentence(quirks));
    }
    const told = section.split('\n').filter((line) => line.startsWith('- '));
    expect(told).toHaveLength(Object.keys(quirks).filter((quirk) => quirk !== 'drop' && quirk !== 'refuse').length);
  });

  it.each(['openai', 'anthropic', 'google', 'replicate'])('lists the sizes of the models of %s, row by row', (id) => {
    const { sizes } = PROVIDERS.find((provider) => provider.id === id)!;
    const section = page.slice(page.indexOf(`\n## ${id}\n`));
    const listed = section.slice(section.indexOf('| Models | Longest')).split('\n').slice(2, 2 + sizes.length + 1); // prettier-ignore
    expect(listed).toEqual([...sizes.map(sizesRowOf), '']);
  });

  it('speaks of no other provider', () => {
    const rows = page.match(/^\| `[a-z]+`[ ,]/gm) ?? [];
    const sections = [...page.matchAll(/^## ([a-z]+)$/gm)].map(([, id]) => id);
    expect(rows).toHaveLength(PROVIDERS.length);
    expect(sections).toEqual(PROVIDERS.map(({ id }) => id));
  });
});
