import { readFileSync } from 'node:fs';
import type { Provider, SizedModels } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { code, SENTENCES, type AnyQuirks } from '../support/provider-sentences.js';

/** The page, without the spaces that align its tables. */
const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8').replace(/ +/g, ' ');

/** A text without line breaks: the page wraps its sentences. */
const unwrapped = (text: string) => text.replace(/\s+/g, ' ');

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
    const text = unwrapped(section);
    const { request, response, limits, errors } = provider.quirks;
    const quirks: AnyQuirks = { ...request, ...response, ...limits, ...errors };
    expect(text).toContain(`Dropped: ${code(quirks.drop)}.`);
    expect(text).toContain(`Refused: ${code(quirks.refuse)}.`);
    for (const [quirk, sentence] of Object.entries(SENTENCES)) {
      const has = quirks[quirk as keyof AnyQuirks] !== undefined;
      if (has) expect(text).toContain(unwrapped(sentence(quirks)));
    }
    const list = section.split('\n\n').find((paragraph) => paragraph.startsWith('- ')) ?? '';
    const rules = list.split('\n').filter((line) => line.startsWith('- '));
    expect(rules).toHaveLength(Object.keys(quirks).filter((quirk) => quirk !== 'drop' && quirk !== 'refuse').length);
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
