/** What models call the two inputs that they do not agree on. */
export interface Dialect {
  readonly models: RegExp;
  /** The output limit. */
  readonly limit: 'max_tokens' | 'max_new_tokens' | 'max_completion_tokens';
  /** Images: one, or a list of them. */
  readonly images: 'image' | 'image_input';
}

/** The first row that matches counts; the last one is for all models that are not known. */
const DIALECTS: readonly [...Dialect[], Dialect] = [
  { models: /^openai\//, limit: 'max_completion_tokens', images: 'image_input' },
  { models: /^meta\/llama-2-/, limit: 'max_new_tokens', images: 'image' },
  { models: /^/, limit: 'max_tokens', images: 'image' },
];

/** How a model's input is spelt; nobody knows what stands behind a deployment's name. */
export function dialectOf(model: string): Dialect {
  return DIALECTS.find(({ models }) => models.test(model))!;
}
