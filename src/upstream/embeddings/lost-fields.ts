import { refuseLost } from '../protocols/request/answer-fields.js';
import type { EmbeddingsWireCall } from './embeddings-wire.js';

/**
 * Fields beyond OpenAI's that some provider or server of embeddings reads and that change the vectors. A wire that
 * writes requests in its own words refuses those that it has no word for.
 */
const VECTOR_FIELDS: readonly string[] = [
  // What is embedded beside the input.
  'texts inputs inputText inputImage images image content contents requests messages title',
  'prompt prompt_name prefix instruction system',
  // What the vectors are for.
  'input_type task_type taskType task embedding_purpose embeddingPurpose singleEmbeddingParams',
  // How long a text may be, and what becomes of a longer one.
  'truncate truncation truncation_direction truncation_side truncationMode truncate_prompt_tokens auto_truncate autoTruncate',
  'max_tokens max_length late_chunking add_special_tokens',
  // How long a vector is, and of which numbers.
  'output_dimension output_dimensionality outputDimensionality outputEmbeddingLength embedding_dimension embeddingConfig',
  'output_dtype embedding_type embedding_types embeddingTypes normalize normalized pooling return_multivector',
  'embedding_config embedContentConfig parameters options extra_body',
].flatMap((names) => names.split(' '));

/** Every wire asks for numbers as they are, a vector for each text. */
const IDLE: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['embedding_type', ['float']],
  ['output_dtype', ['float']],
]);

/**
 * Throws `unsupported_parameter` for the first field whose loss would change the vectors.
 * @param taken the fields of other APIs than OpenAI's that the wire has something for
 */
export function refuseLostFields(call: EmbeddingsWireCall, taken: readonly string[]): void {
  refuseLost(call, { fields: VECTOR_FIELDS, idle: IDLE, taken });
}
