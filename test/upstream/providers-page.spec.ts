import { readFileSync } from 'node:fs';
import type { Provider, Quirks, SizedModels } from '../../src/upstream/provider.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';

/** The page, without the spaces that align its tables. */
const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8').replace(/ +/g, ' ');

const code = (names: readonly string[] | undefined) => (names?.length ? names.map((name) => `\`${name}\``).join(', ') : '–');

/** The sentence of the page for each quirk a provider can have beside what it drops and refuses. */
const SENTENCES: Readonly<Record<Exclude<keyof Quirks, 'drop' | 'refuse'>, (quirks: Quirks) => string>> = {
  passthrough: () => 'its own bytes reach the caller',
  maxTokensField: (quirks) => `the output limit goes out as \`${quirks.maxTokensField}\``,
  maxCompletionTokensModels: (quirks) => `\`max_tokens\` becomes \`max_completion_tokens\` for models matching \`${quirks.maxCompletionTokensModels!.source}\``,
  noToolChoice: () => '`tool_choice` is said by other means',
  reasoningEffort: (quirks) => `\`reasoning_effort\` ${Object.entries(quirks.reasoningEffort!).map(([from, to]) => `\`${from}\` → \`${to}\``).join(', ')}`,
  dataUrlImagesOnly: () => 'images as `data:` URLs only',
  ownIds: () => 'answers bear ids of ours',
  hashedUser: () => '`user` goes out as a keyed hash',
  obfuscation: () => '`include_obfuscation` is sent, false unless asked for',
}; // prettier-ignore

function rowOf({ id, aliases, keyVariables, keyOptional, baseUrlVariables, defaultBaseUrl, reach }: Provider): string {
  const names = [id, ...(aliases ?? [])];
  const key = keyVariables.length === 0 ? '–' : `${code(keyVariables)}${keyOptional ? ' (optional)' : ''}`;
  const place = reach === 'in-process' ? 'in this process' : `${code(baseUrlVariables)}, else \`${defaultBaseUrl}\``;
  return `| ${code(names)} | ${key} | ${place} |`;
}

function sizesRowOf({ models, maxOutputTokens, contextTokens, encoding, imageTokens, unboundedFee }: SizedModels): string {
  const image = imageTokens && [...new Set([imageTokens('low'), imageTokens('high')])].join(' / ');
  const cells = [maxOutputTokens, contextTokens, encoding, unboundedFee === undefined ? image : `bills ${unboundedFee}`];
  return `| \`${models.source.replaceAll('|', '\\|')}\` | ${cells.map((cell) => cell ?? '–').join(' | ')} |`;
}

describe('docs/providers.md', () => {
  it.each(PROVIDERS.map((provider) => [provider.id, provider] as const))('tells the truth about %s', (id, provider) => {
    expect(page).toContain(rowOf(provider));
    const section = page.split(/^## /m).find((part) => part.startsWith(`${id}\n`)) ?? '';
    expect(section).toContain(`Dropped: ${code(provider.quirks.drop)}.`);
    expect(section).toContain(`Refused: ${code(provider.quirks.refuse)}.`);
    for (const [quirk, sentence] of Object.entries(SENTENCES)) {
      const has = provider.quirks[quirk as keyof Quirks] !== undefined;
      if (has) expect(section).toContain(sentence(provider.quirks));
    }
    const told = section.split('\n').filter((line) => line.startsWith('- '));
    expect(told).toHaveLength(Object.keys(provider.quirks).filter((quirk) => quirk !== 'drop' && quirk !== 'refuse').length);
  });

  it('lists the sizes of OpenAI’s models, row by row', () => {
    const { sizes } = PROVIDERS.find(({ id }) => id === 'openai')!;
    const listed = page.slice(page.indexOf('| Models | Longest')).split('\n').slice(2, 2 + sizes.length + 1); // prettier-ignore
    expect(listed).toEqual([...sizes.map(sizesRowOf), '']);
  });

  it('speaks of no other provider', () => {
    const rows = page.match(/^\| `[a-z]+`[ ,]/gm) ?? [];
    const sections = [...page.matchAll(/^## ([a-z]+)$/gm)].map(([, id]) => id);
    expect(rows).toHaveLength(PROVIDERS.length);
    expect(sections).toEqual(PROVIDERS.map(({ id }) => id));
  });
});
