/** The names of inputs that differ between models. */
export interface Dialect {
  readonly models: RegExp;
  /** The output limit. */
  readonly limit: 'max_tokens' | 'max_new_tokens' | 'max_completion_tokens';
  /** Images: one, or a list of them. */
  readonly images: 'image' | 'image_input';
  /** The model's efforts by OpenAI's values. Without them it has no such input. */
  readonly efforts?: ReadonlyMap<unknown, string>;
}

const OPENAI = { limit: 'max_completion_tokens', images: 'image_input' } as const;

/** The first matching row counts. The last one is for unknown models (replicate.com/openai, 2026-11-28). */
const DIALECTS: readonly [...Dialect[], Dialect] = [
  { models: /^openai\/(gpt-[34]|gpt-oss|chatgpt)/, ...OPENAI },
  { models: /^openai\/o\d/, ...OPENAI, efforts: efforts('low', 'low', 'high') },
  { models: /^openai\/gpt-5(-(mini|nano|structured))?$/, ...OPENAI, efforts: efforts('minimal', 'minimal', 'high') },
  { models: /^openai\/gpt-5\.1\b/, ...OPENAI, efforts: efforts('none', 'low', 'high') },
  { models: /^openai\//, ...OPENAI, efforts: efforts('none', 'low', 'xhigh') },
  { models: /^meta\/llama-2-/, limit: 'max_new_tokens', images: 'image' },
  { models: /^/, limit: 'max_tokens', images: 'image' },
];

/** The dialect of a model. The model of a deployment is not known. */
export function dialectOf(model: string): Dialect {
  return DIALECTS.find(({ models }) => models.test(model))!;
}

/** A map from OpenAI's efforts, given the values for `none`, `minimal`, and `xhigh` and `max`. */
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
