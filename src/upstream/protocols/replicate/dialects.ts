/** What models call the inputs that they do not agree on. */
export interface Dialect {
  readonly models: RegExp;
  /** The output limit. */
  readonly limit: 'max_tokens' | 'max_new_tokens' | 'max_completion_tokens';
  /** Images: one, or a list of them. */
  readonly images: 'image' | 'image_input';
  /** The efforts it knows, by OpenAI's words; without them it has no such input. */
  readonly efforts?: ReadonlyMap<unknown, string>;
}

const OPENAI = { limit: 'max_completion_tokens', images: 'image_input' } as const;

/**
 * The first row that matches counts; the last one is for all models that are not known (replicate.com/openai,
 * 2026-11-28).
 */
const DIALECTS: readonly [...Dialect[], Dialect] = [
  { models: /^openai\/(gpt-[34]|gpt-oss|chatgpt)/, ...OPENAI },
  { models: /^openai\/o\d/, ...OPENAI, efforts: efforts('low', 'low', 'high') },
  { models: /^openai\/gpt-5(-(mini|nano|structured))?$/, ...OPENAI, efforts: efforts('minimal', 'minimal', 'high') },
  { models: /^openai\/gpt-5\.1\b/, ...OPENAI, efforts: efforts('none', 'low', 'high') },
  { models: /^openai\//, ...OPENAI, efforts: efforts('none', 'low', 'xhigh') },
  { models: /^meta\/llama-2-/, limit: 'max_new_tokens', images: 'image' },
  { models: /^/, limit: 'max_tokens', images: 'image' },
];

/** How a model's input is spelt; nobody knows what stands behind a deployment's name. */
export function dialectOf(model: string): Dialect {
  return DIALECTS.find(({ models }) => models.test(model))!;
}

/** What OpenAI's words come to where the outermost are these. */
function efforts(none: string, minimal: string, most: string): ReadonlyMap<unknown, string> {
  return new Map([
    ['none', none],
    ['minimal', minimal],
    ['low', 'low'],
    ['medium', 'medium'],
    ['high', 'high'],
    ['xhigh', most],
    ['max', most],
  ]);
}
