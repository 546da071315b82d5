import { DEFAULT_ENCODING, modelToEncodingMap, type ModelName } from 'gpt-tokenizer/mapping';
import * as documented from 'gpt-tokenizer/models.gen';
import { sizesOf } from '../../src/upstream/provider.js';
import { openai } from '../../src/upstream/providers/openai.js';

const sizes = (model: string) => sizesOf(openai, model);

/** OpenAI's own figures, as the tokenizer's package collects them from the documentation. */
interface Documented {
  readonly supported_endpoints?: readonly string[];
  readonly context_window?: number;
  readonly max_output_tokens?: number;
}

const chatModels = Object.entries<Documented>(documented).filter(([, model]) =>
  model.supported_endpoints?.includes('chat_completions'),
);

describe('the sizes of OpenAI’s models', () => {
  it('are compared with the documentation of many models', () => {
    expect(chatModels.length).toBeGreaterThan(60);
  });

  it.each(chatModels)(
    'are the documented ones: %s',
    (name, { max_output_tokens: maxOutputTokens, context_window: contextTokens }) => {
      const encoding = modelToEncodingMap[name as ModelName] ?? DEFAULT_ENCODING;
      expect(sizes(name)).toMatchObject({ maxOutputTokens, contextTokens, encoding });
    },
  );

  it.each([
    ['gpt-3.5-turbo-16k', 4_096],
    ['gpt-4-32k-0613', 32_768],
    ['gpt-4-1106-preview', 4_096],
    ['ft:gpt-4o-mini-2024-07-18:acme::AbC123', 16_384],
    ['ft:gpt-4o-2024-08-06:acme:name:AbC123', 16_384],
    ['ft:gpt-4.1-nano-2025-04-14:acme::AbC123', 32_768],
    ['ft:gpt-4-0613:acme::AbC123', 8_192],
    ['ft:gpt-3.5-turbo-0125:acme::AbC123', 4_096],
    ['o3-2025-04-16', 100_000],
    ['gpt-5-chat', 16_384],
    ['gpt-5.6-sol-2026-08-01', 128_000],
  ])('hold for snapshots and fine-tunes: %s', (name, maxOutputTokens) => {
    expect(sizes(name).maxOutputTokens).toBe(maxOutputTokens);
  });

  it.each(['gpt-6-sol', 'gpt-5.9', 'gpt-4.7', 'gpt-4oo', 'o9', 'some/model', ''])(
    'are not guessed for a model that nobody knows: %j',
    (name) => {
      const { maxOutputTokens, contextTokens, encoding, imageTokens } = sizes(name);
      expect([maxOutputTokens, contextTokens, encoding, imageTokens]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    },
  );

  it.each([
    ['gpt-4o', 85, 1_445],
    ['chatgpt-4o-latest', 85, 1_445],
    ['gpt-4.1', 85, 1_445],
    ['gpt-4-turbo', 85, 1_445],
    ['gpt-4o-mini', 2_833, 48_169],
    ['o1', 75, 1_275],
    ['o3', 75, 1_275],
    ['gpt-5', 70, 1_190],
    ['gpt-5-chat-latest', 70, 1_190],
    ['gpt-4.1-mini', 2_489, 2_489],
    ['gpt-4.1-nano', 3_779, 3_779],
    ['o4-mini', 2_642, 2_642],
    ['gpt-5-mini', 2_489, 2_489],
    ['gpt-5-nano', 3_779, 3_779],
  ])('say what an image costs %s at most', (name, low, high) => {
    const { imageTokens } = sizes(name);
    expect([imageTokens?.('low'), imageTokens?.('high'), imageTokens?.('auto')]).toEqual([low, high, high]);
  });

  it.each(['gpt-3.5-turbo', 'gpt-4', 'o1-mini', 'o3-mini', 'gpt-audio', 'gpt-5.1'])(
    'leave open what no formula is known for: an image to %s',
    (name) => {
      expect(sizes(name).imageTokens).toBeUndefined();
    },
  );

  it.each(['gpt-4o-search-preview', 'gpt-4o-mini-search-preview-2025-03-11', 'gpt-5-search-api'])(
    'name what %s bills beside tokens',
    (name) => {
      expect(sizes(name).unboundedFee).toBe('web searches');
    },
  );
});
