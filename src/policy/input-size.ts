import type { CallContent } from '../domain/call.js';
import { inputCount, inputTexts, inputTokens, type EmbeddingsBody } from '../domain/embeddings-body.js';
import { moderatedTexts, type ModerationBody } from '../domain/moderation-body.js';
import type { ModelSizes } from '../domain/target.js';
import { unboundedPart, type PromptSize } from './prompt-size.js';

/** What models write around a text before they read it: marks of its beginning and its end, with something to spare. */
const TEXT_TOKENS = 4;

/** Fields beside the input that no model reads. */
const UNREAD: ReadonlySet<string> = new Set(['dimensions', 'encoding_format', 'input', 'model', 'stream', 'user']);

/**
 * Collects what can be read of an embeddings or moderation request. Fields that are not known here may be instructions that a provider
 * puts before every text.
 * @throws RingsideError `model_unpriced` naming the part of the input whose tokens nobody can bound
 */
export function inputSizeOf({ endpoint, body }: CallContent, sizes: ModelSizes): PromptSize {
  const { texts, otherTokens } =
    endpoint === 'embeddings' ? sizeOfEmbedded(body as EmbeddingsBody) : sizeOfModerated(body as ModerationBody, sizes);
  const count = endpoint === 'embeddings' ? inputCount((body as EmbeddingsBody).input) : Math.max(1, texts.length);
  const unknown = Object.entries(body).filter(([field, value]) => !UNREAD.has(field) && value !== undefined && value !== null);
  const unknownBytes = unknown.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(unknown));
  return { texts, otherTokens: otherTokens + count * (TEXT_TOKENS + unknownBytes) };
}

function sizeOfEmbedded({ input }: EmbeddingsBody): PromptSize {
  const numbers = inputTokens(input) ?? [];
  return { texts: inputTexts(input) ?? [], otherTokens: numbers.reduce((sum, { length }) => sum + length, 0) };
}

function sizeOfModerated({ input }: ModerationBody, { imageTokens }: ModelSizes): PromptSize {
  let otherTokens = 0;
  if (typeof input !== 'string') {
    for (const [position, part] of input.entries()) {
      if (typeof part === 'string' || part.type === 'text') continue;
      if (!imageTokens) throw unboundedPart(`input[${position}]`, 'an image for this model');
      otherTokens += imageTokens('auto');
    }
  }
  return { texts: moderatedTexts(input), otherTokens };
}
